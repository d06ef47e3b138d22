/**
 * Source: ECR User Guide, "Amazon ECR service quotas"; API Reference, the ranges of each parameter.
 *
 * Deviation: repositories and images may be as many as one likes.
 */
import { DAY, HOUR, MIB } from '#kernel/base';

export const PAGE_DEFAULT = 100;
export const REFERRERS_DEFAULT = 50;
/** Tags in one answer to Docker. */
export const TAGS_PAGE_MAX = 1_000;
/** In a filter of tags that a repository's rule does not hold for. Source: ECR User Guide, "Preventing image tags from being overwritten". */
export const WILDCARDS_MAX = 2;
export const TAGS_MAX = 50;
/** Of a layer's part, but for its last. */
export const PART_BYTES_MIN = 5 * MIB;
/** What clients are told to send at a time; the most they may is twice that. */
export const PART_BYTES = 10 * MIB;
export const PARTS_MAX = 4_200;
export const LAYER_BYTES_MAX = 52_000 * MIB;
export const TOKEN_LIFE = 12 * HOUR;
export const LINK_LIFE = HOUR;
/** An upload that nobody completes is forgotten. */
export const UPLOAD_LIFE = DAY;
/** Images are expired within a day of when they may be. Source: ECR User Guide, "Automate the cleanup of images by using lifecycle policies". */
export const LIFECYCLE_EVERY = DAY;
/** Of a registry's replication; its destinations are counted once each. */
export const REPLICATION_RULES_MAX = 10;
export const REPLICATION_DESTINATIONS_MAX = 25;
export const IMAGE_TAGS_MAX = 1_000;
export const MANIFEST_BYTES_MAX = 4 * MIB;
export const RULES_MAX = 50;
/** Rows of a repository that is gone, removed at a time. */
export const SWEEP_BATCH = 500;
