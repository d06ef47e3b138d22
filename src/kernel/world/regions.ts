/**
 * The Regions of AWS's commercial partition: code, zone id prefix, zones, place, and whether an account must opt in.
 * Source: AWS General Reference, "Regions and Availability Zones"; EC2 User Guide, "Availability Zone IDs". Coordinates are those of the named city.
 */

export type Region = {
  name: string;
  /** Beginning of its zone ids: `use1` in `use1-az4`. */
  zonePrefix: string;
  /** Letters of its zones in account-neutral order; the zone ids are numbered alike. */
  zones: readonly string[];
  city: string;
  latitude: number;
  longitude: number;
  optIn: boolean;
};

type Row = readonly [
  name: string,
  zonePrefix: string,
  zones: string,
  city: string,
  latitude: number,
  longitude: number,
  optIn?: 'opt-in',
];

const ROWS: readonly Row[] = [
  ['us-east-1', 'use1', 'abcdef', 'N. Virginia', 38.95, -77.45],
  ['us-east-2', 'use2', 'abc', 'Ohio', 40.1, -82.75],
  ['us-west-1', 'usw1', 'ab', 'N. California', 37.35, -121.96],
  ['us-west-2', 'usw2', 'abcd', 'Oregon', 45.84, -119.7],
  ['af-south-1', 'afs1', 'abc', 'Cape Town', -33.93, 18.42, 'opt-in'],
  ['ap-east-1', 'ape1', 'abc', 'Hong Kong', 22.29, 114.27, 'opt-in'],
  ['ap-east-2', 'ape2', 'abc', 'Taipei', 25.03, 121.56, 'opt-in'],
  ['ap-south-1', 'aps1', 'abc', 'Mumbai', 19.08, 72.88],
  ['ap-south-2', 'aps2', 'abc', 'Hyderabad', 17.41, 78.48, 'opt-in'],
  ['ap-southeast-1', 'apse1', 'abc', 'Singapore', 1.37, 103.8],
  ['ap-southeast-2', 'apse2', 'abc', 'Sydney', -33.86, 151.2],
  ['ap-southeast-3', 'apse3', 'abc', 'Jakarta', -6.2, 106.82, 'opt-in'],
  ['ap-southeast-4', 'apse4', 'abc', 'Melbourne', -37.81, 144.96, 'opt-in'],
  ['ap-southeast-5', 'apse5', 'abc', 'Kuala Lumpur', 3.14, 101.69, 'opt-in'],
  ['ap-southeast-6', 'apse6', 'abc', 'Auckland', -36.85, 174.76, 'opt-in'],
  ['ap-southeast-7', 'apse7', 'abc', 'Bangkok', 13.76, 100.5, 'opt-in'],
  ['ap-northeast-1', 'apne1', 'acd', 'Tokyo', 35.62, 139.75],
  ['ap-northeast-2', 'apne2', 'abcd', 'Seoul', 37.56, 126.98],
  ['ap-northeast-3', 'apne3', 'abc', 'Osaka', 34.69, 135.5],
  ['ca-central-1', 'cac1', 'abd', 'Montreal', 45.5, -73.6],
  ['ca-west-1', 'caw1', 'abc', 'Calgary', 51.05, -114.07, 'opt-in'],
  ['eu-central-1', 'euc1', 'abc', 'Frankfurt', 50.11, 8.68],
  ['eu-central-2', 'euc2', 'abc', 'Zurich', 47.38, 8.54, 'opt-in'],
  ['eu-west-1', 'euw1', 'abc', 'Dublin', 53.35, -6.26],
  ['eu-west-2', 'euw2', 'abc', 'London', 51.51, -0.13],
  ['eu-west-3', 'euw3', 'abc', 'Paris', 48.86, 2.35],
  ['eu-south-1', 'eus1', 'abc', 'Milan', 45.46, 9.19, 'opt-in'],
  ['eu-south-2', 'eus2', 'abc', 'Zaragoza', 41.65, -0.88, 'opt-in'],
  ['eu-north-1', 'eun1', 'abc', 'Stockholm', 59.33, 18.07],
  ['il-central-1', 'ilc1', 'abc', 'Tel Aviv', 32.09, 34.78, 'opt-in'],
  ['me-central-1', 'mec1', 'abc', 'Dubai', 25.2, 55.27, 'opt-in'],
  ['me-south-1', 'mes1', 'abc', 'Manama', 26.23, 50.59, 'opt-in'],
  ['mx-central-1', 'mxc1', 'abc', 'Querétaro', 20.59, -100.39, 'opt-in'],
  ['sa-east-1', 'sae1', 'abc', 'São Paulo', -23.55, -46.63],
];

/** Every Region by name. */
export const REGIONS: ReadonlyMap<string, Region> = new Map(
  ROWS.map(([name, zonePrefix, zones, city, latitude, longitude, optIn]) => [
    name,
    { name, zonePrefix, zones: [...zones], city, latitude, longitude, optIn: optIn !== undefined },
  ]),
);
