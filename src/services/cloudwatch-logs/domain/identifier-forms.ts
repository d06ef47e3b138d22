/**
 * Forms of the managed data identifiers, and the words of which one stands near what has the form.
 *
 * Deviation: AWS does not tell its forms. Here names of people are two words that begin with capitals, addresses a number with a street; phone
 * numbers that are not of the US are known only with the code of their country.
 *
 * @see SNS Developer Guide, "Sensitive data types"; CloudWatch Logs User Guide, "Types of data that you can protect"
 */

export type FormRow = readonly [form: string, keywords?: readonly string[], check?: (match: string) => boolean];

const words = (text: string): readonly string[] => text.split(', ');

const ACCOUNT =
  'account code, account number, accountno#, accountnumber#, bban, customer account id, customer account number, customer bank account id, iban, sepa';
const CARD =
  'account number, american express, amex, bank card, card, card num, card number, cc #, ccn, check card, credit, credit card#, dankort, debit, debit card, diners club, discover, electron, japanese card bureau, jcb, mastercard, mc, pan, payment account number, payment card number, pcn, union pay, visa';
const CARD_CODE =
  'card id, card identification code, card identification number, card security code, card validation code, card validation number, card verification data, card verification value, cvc, cvc2, cvv, cvv2, elo verification code';
const LICENCE =
  "dl#, dl:, dlno#, driver licence, driver license, driver permit, drivers lic., drivers licence, driver's licence, drivers license, driver's license, drivers permit, driver's permit, driving licence, driving license, driving permit";
const GERMAN_LICENCE =
  'fuehrerschein, fuehrerscheinnummer, fuhrerschein, fuhrerscheinnummer, führerschein, führerscheinnummer';
const PASSPORT = 'passport, passport#, passportno, passport no, passport number, passportid';
const TAX = 'tax id, tax identification, tax identification number, tax number, tin, tin#';
const VEHICLE =
  "fahrgestellnummer, niv, numarul de identificare, numarul seriei de sasiu, serie sasiu, numer vin, número de identificação do veículo, número de identificación de automóviles, numéro d'identification du véhicule, vehicle identification number, vin, vin numeris";
const SOCIAL_FR =
  "assurance sociale, carte nationale d’identité, cni, code sécurité sociale, insee, numéro d'assurance, sécurité sociale, social security, ssn, carte d'assuré social, carte vitale, insurance card";

/** Words of driver's licences by country. */
const LICENCES: { readonly [country: string]: string } = {
  AT: 'führerschein, fuhrerschein',
  AU: LICENCE,
  BE: `${GERMAN_LICENCE}, numéro permis conduire, permis de conduire, rijbewijs, rijbewijsnummer`,
  BG: 'превозно средство, свидетелство за управление на моторно, свидетелство за управление на мпс, сумпс, шофьорска книжка',
  CA: `${LICENCE}, permis de conduire`,
  CY: 'άδεια οδήγησης',
  CZ: 'číslo licence, číslo řidičského průkazu, povolení řidiče, řidičský prúkaz, řidičský průkaz',
  DE: GERMAN_LICENCE,
  DK: 'kørekort, kørekortnummer',
  EE: 'juhi litsentsi number, juhiloa number, juhiluba, juhiluba number',
  ES: 'carnet conducer, licencia conducer, licencia de manejo, permiso conducción, permiso conducer, permiso de conducción',
  FI: 'ajokortin numero, ajokortti, körkort, körkort nummer, permis de conduire',
  FR: 'permis de conduire',
  GB: LICENCE,
  GR: 'δεια οδήγησης, adeia odigisis',
  HR: 'vozačka dozvola',
  HU: 'jogosítvány, jogsi, licencszám, vezető engedély, vezetői engedély',
  IE: 'ceadúnas tiomána',
  IT: 'patente di guida, patente di guida numero, patente guida, patente guida numero',
  LT: 'vairuotojo pažymėjimas',
  LU: 'fahrerlaubnis, führerschäin',
  LV: 'autovadītāja apliecība, licences numurs, vadītāja apliecība, vadītāja atļauja',
  MT: 'liċenzja tas-sewqan',
  NL: 'permis de conduire, rijbewijs, rijbewijsnummer',
  PL: 'numer licencyjny, prawo jazdy, zezwolenie na prowadzenie',
  PT: 'carta de condução, carteira de habilitação, carteira habilitação, licença condução, licença de condução, permissão de condução',
  RO: 'numărul permisului de conducere, permis de conducere',
  SE: 'ajokortin numero, körkort, körkort nummer, körkortsnummer',
  SI: 'vozniško dovoljenje',
  SK: 'číslo licencie, číslo vodičského preukazu, povolenie vodiča, vodičský preukaz',
  US: LICENCE,
};
const LICENCE_FORM = '\\b[A-Z]{0,5}\\d[A-Z0-9-]{4,18}\\b';

/** Whether the last digit of a number is that which Luhn's formula gives. */
function hasLuhnDigit(match: string): boolean {
  const digits = [...match.replaceAll(/\D/g, '')].reverse().map(Number);
  const sum = digits.reduce(
    (all, digit, index) => all + (index % 2 === 0 ? digit : ((digit * 2) % 10) + Math.floor(digit / 5)),
    0,
  );
  return digits.length >= 13 && digits.length <= 19 && sum % 10 === 0;
}

export const FORMS: { readonly [name: string]: FormRow } = {
  ...Object.fromEntries(
    Object.entries(LICENCES).map(([country, text]): [string, FormRow] => [
      `DriversLicense-${country}`,
      [LICENCE_FORM, words(text)],
    ]),
  ),
  Address: ['\\b\\d{1,5} [A-Z][a-z]+ (Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr)\\b'],
  AwsSecretKey: [
    '\\b[A-Za-z0-9/+]{40}\\b',
    words('aws_secret_access_key, credentials, secret access key, secret key, set-awscredential'),
  ],
  'BankAccountNumber-DE': [
    '\\bDE\\d{20}\\b',
    words(`${ACCOUNT}, bankleitzahl, geheimzahl, kartennummer, kontonummer, kreditkartennummer`),
  ],
  'BankAccountNumber-ES': [
    '\\bES\\d{22}\\b',
    words(`${ACCOUNT}, código cuenta, código cuenta bancaria, cuenta cliente id`),
  ],
  'BankAccountNumber-FR': [
    '\\bFR\\d{12}[A-Z0-9]{11}\\d{2}\\b',
    words(`${ACCOUNT}, code bancaire, compte bancaire, numéro de compte`),
  ],
  'BankAccountNumber-GB': ['\\bGB\\d{2}[A-Z]{4}\\d{14}\\b', words(ACCOUNT)],
  'BankAccountNumber-IT': [
    '\\bIT\\d{2}[A-Z]\\d{10}[A-Z0-9]{12}\\b',
    words(`${ACCOUNT}, codice bancario, conto bancario, numero di conto`),
  ],
  'BankAccountNumber-US': [
    '\\b\\d{6,17}\\b',
    words(
      'bank account, bank acct, checking account, checking acct, deposit account, deposit acct, savings account, savings acct, chequing account, chequing acct',
    ),
  ],
  'CepCode-BR': ['\\b\\d{5}-?\\d{3}\\b', words('cep, código de endereçamento postal, codigo de endereçamento postal')],
  'Cnpj-BR': [
    '\\b\\d{2}\\.?\\d{3}\\.?\\d{3}/?\\d{4}-?\\d{2}\\b',
    words('cadastro nacional da pessoa jurídica, cadastro nacional da pessoa juridica, cnpj'),
  ],
  'CpfCode-BR': [
    '\\b\\d{3}\\.?\\d{3}\\.?\\d{3}-?\\d{2}\\b',
    words(
      'cadastro de pessoas fisicas, cadastro de pessoas físicas, cadastro de pessoa física, cadastro de pessoa fisica, cpf',
    ),
  ],
  CreditCardExpiration: ['\\b(0[1-9]|1[0-2])[/-](\\d{4}|\\d{2})\\b', words('exp d, exp m, exp y, expiration, expiry')],
  CreditCardNumber: [
    '\\b(3[0-9]|4\\d|5[0-9]|6[0-9])\\d{2}[ -]?\\d{4,6}[ -]?\\d{4,5}[ -]?\\d{0,4}[ -]?\\d{0,3}\\b',
    words(CARD),
    hasLuhnDigit,
  ],
  CreditCardSecurityCode: ['\\b\\d{3,4}\\b', words(CARD_CODE)],
  'DrugEnforcementAgencyNumber-US': ['\\b[A-Z][A-Z9]\\d{7}\\b', words('dea number, dea registration')],
  'ElectoralRollNumber-GB': [
    '\\b[A-Z]{2}\\d{1,4}\\b',
    words(
      'electoral#, electoral #, electoralnumber, electoral number, electoralroll#, electoral roll#, electoral roll #, electoral roll no., electoral roll number, electoralrollno',
    ),
  ],
  EmailAddress: ['[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*\\.[A-Za-z]{2,24}'],
  'HealthInsuranceCardNumber-EU': [
    '\\b\\d{16,20}\\b',
    words(
      "carte d’assurance maladie, carte européenne d'assurance maladie, ceam, ehic, ehic#, gesundheitskarte, hälsokort, health card, health card number, health insurance card, health insurance number, insurance card number, krankenversicherungskarte, krankenversicherungsnummer, medical account number, sairaanhoitokortin, sairausvakuutuskortti, sairausvakuutusnumero, sjukförsäkringskort, tarjeta de salud, terveyskortti, versicherungsnummer",
    ),
  ],
  'HealthInsuranceClaimNumber-US': [
    '\\b\\d{3}-?\\d{2}-?\\d{4}-?[A-Z]\\d?\\b',
    words('health insurance claim number, hic no, hic no., hic number, hic#, hicn, hicn#., hicno#'),
  ],
  'HealthInsuranceNumber-FR': [
    '\\b[12] ?\\d{2} ?\\d{2} ?\\d{2} ?\\d{3} ?\\d{3}( ?\\d{2})?\\b',
    words("carte d'assuré social, carte vitale, insurance card"),
  ],
  'HealthcareProcedureCode-US': [
    '\\b[A-V]\\d{4}\\b',
    words('current procedural terminology, hcpcs, healthcare common procedure coding system'),
  ],
  'IndividualTaxIdentificationNumber-US': [
    '\\b9\\d{2}[ -]?\\d{2}[ -]?\\d{4}\\b',
    words('individual taxpayer identification number, itin, i.t.i.n.'),
  ],
  'InseeCode-FR': ['\\b[12] ?\\d{2} ?\\d{2} ?\\d{2} ?\\d{3} ?\\d{3}( ?\\d{2})?\\b', words(SOCIAL_FR)],
  IpAddress: ['\\b\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\b'],
  LatLong: [
    '-?\\d{1,3}\\.\\d{4,},\\s*-?\\d{1,3}\\.\\d{4,}',
    words('coordinate, coordinates, lat long, latitude longitude, location, position'),
  ],
  'MedicareBeneficiaryNumber-US': [
    '\\b[1-9][A-Z][A-Z0-9]\\d-?[A-Z][A-Z0-9]\\d-?[A-Z]{2}\\d{2}\\b',
    words('mbi, medicare beneficiary'),
  ],
  Name: ['\\b[A-Z][a-z]+ [A-Z][a-z]+\\b'],
  'NationalDrugCode-US': ['\\b\\d{4,5}-\\d{3,4}-\\d{1,2}\\b', words('national drug code, ndc')],
  'NationalIdentificationNumber-DE': [
    '\\b[LMNPRTVWXY][CFGHJKLMNPRTVWXYZ0-9]{8}\\d?\\b',
    words(
      'ausweisnummer, id number, identification number, identity number, insurance number, personal id, personalausweis',
    ),
  ],
  'NationalIdentificationNumber-ES': [
    '\\b\\d{8}-?[A-Z]\\b',
    words(
      'dni, dni#, dninúmero#, documento nacional de identidad, identidad único, national identification number, national identity, personal identification number',
    ),
  ],
  'NationalIdentificationNumber-IT': [
    '\\b[A-Z]{6}\\d{2}[A-Z]\\d{2}[A-Z]\\d{3}[A-Z]\\b',
    words(
      'codice fiscal, codice fiscale, dati anagrafici, ehic, health card, health insurance card, p. iva, partita i.v.a., personal data, tax code, tessera sanitaria',
    ),
  ],
  'NationalInsuranceNumber-GB': [
    '\\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\\d{2} ?\\d{2} ?\\d{2} ?[A-D]\\b',
    words(
      'insurance no., insurance number, insurance#, national insurance number, nationalinsurance#, nationalinsurancenumber, nin, nino',
    ),
  ],
  'NationalProviderId-US': ['\\b[12]\\d{9}\\b', words('hipaa, n.p.i, national provider, npi')],
  'NhsNumber-GB': ['\\b\\d{3}[ -]?\\d{3}[ -]?\\d{4}\\b', words('national health service, nhs')],
  'NieNumber-ES': ['\\b[XYZ]-?\\d{7}-?[A-Z]\\b', words(`${TAX}, nie, número de identidad de extranjero`)],
  'NifNumber-ES': ['\\b[0-9XYZKLM]\\d{7}-?[A-Z]\\b', words(`${TAX}, nif, número de identificación fiscal`)],
  OpenSshPrivateKey: ['-----BEGIN OPENSSH PRIVATE KEY-----[^-]*-----END OPENSSH PRIVATE KEY-----'],
  'PassportNumber-CA': ['\\b[A-Z]{2}\\d{6}\\b', words(`${PASSPORT}, passeport, passeport#`)],
  'PassportNumber-DE': [
    '\\b[CFGHJK][CFGHJKLMNPRTVWXYZ0-9]{8}\\b',
    words(`${PASSPORT}, passports, ausstellungsdatum, ausstellungsort, geburtsdatum, reisepass, reisepassnummer`),
  ],
  'PassportNumber-ES': ['\\b[A-Z]{2,3}\\d{6}[A-Z]?\\b', words(`${PASSPORT}, pasaporte, passport book`)],
  'PassportNumber-FR': ['\\b\\d{2}[A-Z]{2}\\d{5}\\b', words(`${PASSPORT}, passeport, passeport#, numéro de passeport`)],
  'PassportNumber-GB': ['\\b\\d{9}\\b', words(PASSPORT)],
  'PassportNumber-IT': [
    '\\b[A-Z]{2}\\d{7}\\b',
    words(`${PASSPORT}, passaporto, passaporto italiana, passaporto numero`),
  ],
  'PassportNumber-US': ['\\b[A-Z0-9]\\d{8}\\b', words(`${PASSPORT}, travel document`)],
  'PermanentResidenceNumber-CA': [
    '\\b[A-Z]{2}\\d{7}(\\d{3})?\\b',
    words(
      'carte résident permanent, permanent resident card, permanent resident no, permanent resident number, pr no, pr number',
    ),
  ],
  'PersonalHealthNumber-CA': [
    '\\b9\\d{3}[ -]?\\d{3}[ -]?\\d{3}\\b',
    words('canada healthcare number, msp number, personal healthcare number, phn, soins de santé'),
  ],
  PgpPrivateKey: ['-----BEGIN PGP PRIVATE KEY BLOCK-----[^-]*-----END PGP PRIVATE KEY BLOCK-----'],
  PhoneNumber: ['\\+(1|33|34|39|44|49|55)[ 0-9()./-]{7,16}\\d'],
  'PhoneNumber-BR': ['\\+55[ 0-9()/-]{7,16}\\d'],
  'PhoneNumber-DE': ['\\+49[ 0-9/-]{7,14}\\d'],
  'PhoneNumber-ES': ['\\+34[ 0-9/-]{7,14}\\d'],
  'PhoneNumber-FR': ['\\+33[ 0-9()./-]{7,16}\\d'],
  'PhoneNumber-GB': ['\\+44[ 0-9()/-]{7,16}\\d'],
  'PhoneNumber-IT': ['\\+39[ 0-9/-]{7,14}\\d'],
  'PhoneNumber-US': ['(\\+1[ .-]?)?(\\(\\d{3}\\) ?|\\b\\d{3}[ .-])\\d{3}[ .-]\\d{4}\\b'],
  PkcsPrivateKey: ['-----BEGIN (RSA )?PRIVATE KEY-----[^-]*-----END (RSA )?PRIVATE KEY-----'],
  'PostalCode-CA': ['\\b[ABCEGHJ-NPRSTVXY]\\d[ABCEGHJ-NPRSTV-Z][ -]?\\d[ABCEGHJ-NPRSTV-Z]\\d\\b'],
  PuttyPrivateKey: ['PuTTY-User-Key-File-\\d(.|\\s)*Private-MAC: ?[0-9a-fA-F]+'],
  'RgNumber-BR': ['\\b\\d{1,2}\\.?\\d{3}\\.?\\d{3}-?[0-9X]\\b', words('registro geral, rg')],
  'SocialInsuranceNumber-CA': [
    '\\b\\d{3}[ -]?\\d{3}[ -]?\\d{3}\\b',
    words("canadian id, numéro d'assurance sociale, social insurance number, sin"),
  ],
  'Ssn-ES': [
    '\\b\\d{2}[ /-]?\\d{8}[ /-]?\\d{2}\\b',
    words('número de la seguridad social, social security no., social security number, socialsecurityno#, ssn, ssn#'),
  ],
  'Ssn-US': ['\\b\\d{3}-\\d{2}-\\d{4}\\b', words('social security, ss#, ssn')],
  'TaxId-DE': [
    '\\b[1-9]\\d{10}\\b',
    words(`${TAX}, identifikationsnummer, steuer id, steueridentifikationsnummer, steuernummer`),
  ],
  'TaxId-ES': ['\\b[A-HJ-NP-SUVW]-?\\d{7}[0-9A-J]\\b', words(`${TAX}, cif, cif número, cifnúmero#`)],
  'TaxId-FR': ['\\b[0-3]\\d ?\\d{2} ?\\d{3} ?\\d{3} ?\\d{3}\\b', words(`${TAX}, numéro d'identification fiscale`)],
  'TaxId-GB': [
    '\\b\\d{10}K?\\b',
    words(
      `${TAX}, paye, tax id no., tax no., tax reference, tax#, taxid#, trn, unique tax reference, unique taxpayer reference, utr`,
    ),
  ],
  VehicleIdentificationNumber: ['\\b[A-HJ-NPR-Z0-9]{17}\\b', words(VEHICLE)],
  'ZipCode-US': ['\\b\\d{5}(-\\d{4})?\\b', words('zip code, zip+4')],
};
