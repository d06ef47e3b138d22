/** What Regions are called in words. Source: AWS General Reference, "Regions and Availability Zones". */
import { REGIONS } from './regions.ts';

/** Where names begin otherwise than their Regions: the area in front of the city. */
const AREAS: { readonly [start: string]: string } = {
  'us-east': 'US East',
  'us-west': 'US West',
  af: 'Africa',
  ap: 'Asia Pacific',
  'ca-west': 'Canada West',
  ca: 'Canada',
  eu: 'Europe',
  il: 'Israel',
  me: 'Middle East',
  mx: 'Mexico',
  sa: 'South America',
};

/** Regions that are called after more, or other, than their city. */
const CALLED: { readonly [region: string]: string } = {
  'ap-southeast-5': 'Malaysia',
  'ap-southeast-6': 'New Zealand',
  'ap-southeast-7': 'Thailand',
  'ca-central-1': 'Central',
  'eu-north-1': 'Stockholm',
  'eu-south-2': 'Spain',
  'eu-west-1': 'Ireland',
  'me-central-1': 'UAE',
  'me-south-1': 'Bahrain',
  'mx-central-1': 'Central',
  'sa-east-1': 'Sao Paulo',
};

/** `Europe (Frankfurt)`; the Region's code where there is no such Region. */
export function regionTitle(region: string): string {
  const city = CALLED[region] ?? REGIONS.get(region)?.city;
  const area = Object.entries(AREAS).find(([start]) => region.startsWith(`${start}-`))?.[1];
  return city === undefined || area === undefined ? region : `${area} (${city})`;
}
