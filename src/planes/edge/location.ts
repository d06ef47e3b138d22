/** Where a request comes in: the edge location that is nearest to the viewer, and the regional cache behind it. */
import {
  DEFAULT_REGION,
  distanceKm,
  EDGE_CITIES,
  type EdgeCity,
  nearestRegion,
  type Point,
  pointNamed,
  REGIONS,
} from '#kernel/world';
import { COUNTRY_OF, continentOf } from './countries.ts';

export type Spot = {
  /** `IAD50-C1`. */
  pop: string;
  code: string;
  /** Code of the regional cache. */
  regional: string;
  country: string;
  countryName: string;
  /** Where the viewer is. */
  point: Point;
};

/** Where a request came in, as functions see it. */
export function edgeLocation({ code, regional }: Spot) {
  const city = EDGE_CITIES.find((one) => one.code === regional);
  const region = city === undefined ? undefined : nearestRegion(city);
  return { name: code, serverIp: '127.0.0.1', region: region?.name ?? DEFAULT_REGION };
}

type Reach = 'all' | '200' | '100';
const COUNTRIES = new Intl.DisplayNames(['en'], { type: 'region' });
const KEPT_MAX = 1_000;
const spots = new Map<string, Spot>();

/** @param viewer what the header says, which goes no further than the edge; without it a viewer is near to the Region us-east-1 */
export function spotOf(viewer: string | undefined, reach: Reach): Spot {
  const id = `${reach}${viewer ?? ''}`;
  let spot = spots.get(id);
  if (spot === undefined) {
    if (spots.size >= KEPT_MAX) spots.clear();
    spots.set(id, (spot = findSpot(viewer ?? '', reach)));
  }
  return spot;
}

function findSpot(viewer: string, reach: Reach): Spot {
  const [place = '', country = ''] = viewer.split(';').map((part) => part.trim());
  const point = pointNamed(place) ?? (REGIONS.get(DEFAULT_REGION) as Point);
  const city = nearest(point, (one) => isWithin(one, reach));
  const code = country !== '' ? country.toUpperCase() : (COUNTRY_OF[nearest(point, () => true).code] ?? 'US');
  const own = /^[A-Z]{2}$/.test(code) ? code : 'US';
  return {
    pop: `${city.code}50-C1`,
    code: city.code,
    regional: nearest(city, (one) => one.regionalCache === true).code,
    country: own,
    countryName: COUNTRIES.of(own) ?? own,
    point,
  };
}

function nearest(point: Point, takes: (city: EdgeCity) => boolean): EdgeCity {
  const cities = EDGE_CITIES.filter(takes);
  return cities.reduce(
    (best, city) => (distanceKm(point, city) < distanceKm(point, best) ? city : best),
    cities[0] as EdgeCity,
  );
}

/** Source: Amazon CloudFront pricing, "Price classes". */
function isWithin({ code }: EdgeCity, reach: Reach): boolean {
  const continent = continentOf(COUNTRY_OF[code] ?? 'US');
  if (reach === 'all') return true;
  if (continent === 'north-america' || continent === 'europe') return true;
  return reach === '200' && (continent === 'asia' || continent === 'africa');
}
