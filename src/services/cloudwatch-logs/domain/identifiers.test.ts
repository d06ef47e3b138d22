import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FORMS } from './identifier-forms.ts';
import { formOf, matchesOf, replaced } from './identifiers.ts';

const found = (name: string, text: string) => {
  const form = formOf(`arn:aws:dataprotection::aws:data-identifier/${name}`, []);
  if (form === undefined) assert.fail(name);
  return matchesOf(text, form).map(({ start, end }) => text.slice(start, end));
};

test('what needs a word near it is found by that', () => {
  const cases: [name: string, text: string, found: string][] = [
    ['BankAccountNumber-US', 'checking account 123456789', '123456789'],
    ['CepCode-BR', '{"cep":"01310-100"}', '01310-100'],
    ['CpfCode-BR', 'CPF 123.456.789-09', '123.456.789-09'],
    ['CreditCardExpiration', 'expiry 09/27', '09/27'],
    ['CreditCardNumber', 'My credit card number is 4539894458086459', '4539894458086459'],
    ['CreditCardSecurityCode', 'cvc2: 123', '123'],
    ['Ssn-US', 'SSN 078-05-1120', '078-05-1120'],
    ['VehicleIdentificationNumber', 'VIN 1HGBH41JXMN109186', '1HGBH41JXMN109186'],
    ['ZipCode-US', 'zip code 98109', '98109'],
    ['DriversLicense-GB', 'Driving licence: MORGA753116SM9IJ', 'MORGA753116SM9IJ'],
    ['DriversLicense-FR', 'permis de conduire 880692310285', '880692310285'],
    ['DrugEnforcementAgencyNumber-US', 'DEA number AB1234563', 'AB1234563'],
    ['MedicareBeneficiaryNumber-US', 'MBI 1EG4-TE5-MK73', '1EG4-TE5-MK73'],
    ['NationalInsuranceNumber-GB', 'nino=QQ123456C AB123456C', 'AB123456C'],
    ['NhsNumber-GB', '{"nhsNumber":"943 476 5919"}', '943 476 5919'],
    ['NieNumber-ES', 'NIE X1234567L', 'X1234567L'],
    ['PassportNumber-US', 'passport no 512345678', '512345678'],
    ['SocialInsuranceNumber-CA', 'SIN: 046 454 286', '046 454 286'],
    ['TaxId-DE', 'Steuernummer 86095742719', '86095742719'],
  ];
  for (const [name, text, wanted] of cases) {
    assert.deepEqual(found(name, text), [wanted], name);
    assert.deepEqual(found(name, `the thing is ${wanted}`), [], name);
    assert.deepEqual(found(name, `${text.slice(0, text.indexOf(wanted))}${'.'.repeat(40)} ${wanted}`), [], name);
  }
  assert.deepEqual(found('CreditCardNumber', 'card 4539894458086458'), [], 'Luhn’s last digit is another');
  assert.deepEqual(found('SocialInsuranceNumber-CA', 'using 046 454 286'), [], 'a part of a word is none');
});

test('what has a form of its own needs no word', () => {
  assert.deepEqual(found('PostalCode-CA', 'to K1A 0B1 it went'), ['K1A 0B1']);
  assert.deepEqual(found('PhoneNumber-BR', '+55 11 91234-5678'), ['+55 11 91234-5678']);
  const key = 'PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 1\nAAA=\nPrivate-MAC: 0aff';
  assert.deepEqual(found('PuttyPrivateKey', `a ${key} z`), [`a ${key} z`.slice(2, -2)]);
});

test('every form can be used, and a mask leaves the rest', () => {
  for (const name of Object.keys(FORMS)) assert.deepEqual(found(name, ''), [], name);
  assert.equal(formOf('arn:aws:dataprotection::aws:data-identifier/constructor', []), undefined);
  const form = formOf('data-identifier/NhsNumber-GB', []);
  if (form === undefined) assert.fail();
  assert.equal(
    replaced(`NHS 943 476 5919, ${'x'.repeat(40)} 943 476 5919`, form, () => '*'),
    `NHS *, ${'x'.repeat(40)} 943 476 5919`,
  );
});
