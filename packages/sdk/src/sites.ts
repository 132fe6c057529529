/** The site that `X-Site` names: `cn` is sent as 0, `intl` as 1. No value is documented for the Europe site. */
export type SiteName = "cn" | "intl";

export interface Site {
  /** Base URL of the API. */
  readonly endpoint: string;
  /** Base URL of IAM, for `iamPassword`. */
  readonly iamEndpoint: string;
}

/**
 * The addresses of the China, International and Europe sites.
 *
 * Source: the pages "Endpoints" of the API reference, one for each site, and IAM's page "Endpoints" (its global host). IAM's
 * host of the Europe site follows the pattern of its regional hosts. None of them was called.
 */
export const SITES = {
  cn: { endpoint: "https://osm.cn-south-1.myhuaweicloud.com", iamEndpoint: "https://iam.myhuaweicloud.com" },
  intl: { endpoint: "https://osm.ap-southeast-3.myhuaweicloud.com", iamEndpoint: "https://iam.myhuaweicloud.com" },
  eu: {
    endpoint: "https://osm.eu-west-101.myhuaweicloud.eu",
    iamEndpoint: "https://iam.eu-west-101.myhuaweicloud.eu",
  },
} as const satisfies Readonly<Record<string, Site>>;
