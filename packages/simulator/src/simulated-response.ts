import { osmDocument } from "./generated/osm-document.ts";
import type { components } from "./generated/osm.ts";

type Schemas = components["schemas"];

/** Every response body of the API, of the gateway in front of it, and of IAM. */
type ResponseBody =
  | Schemas["CreateRelationsResponse"]
  | Schemas["ListRelationResponse"]
  | Schemas["DeleteRelationsResponse"]
  | Schemas["GatewayError"]
  | Schemas["IamError"]
  | Schemas["KeystoneCreateUserTokenResponse"];

export interface SimulatedResponse {
  readonly status: number;
  /** The vendor's error code in the body, for the journal. */
  readonly code?: string;
  /** Undefined: the response has no body. */
  readonly body?: ResponseBody;
  readonly headers?: Readonly<Record<string, string>>;
  /** True if the configuration asks for a response that the document does not allow: it is not checked. */
  readonly isDeviating?: boolean;
}

const catalogue = osmDocument["x-osm-errors"];
type CatalogueCode = keyof typeof catalogue;

export type OsmCode = Extract<CatalogueCode, `OSM.${string}`> | typeof DUPLICATE_CODE;
export type GatewayCode = Extract<CatalogueCode, `APIGW.${string}`>;

/** No page documents a code for an association that exists already; this is the first free one after the limit's. */
export const DUPLICATE_CODE = "OSM.01010045";

const UNDOCUMENTED = { [DUPLICATE_CODE]: { message: "The relation already exists.", httpStatus: 200 } };

/** A rejection by the service. Most of them come with HTTP 200. */
export function osmResponse(code: OsmCode): SimulatedResponse {
  const { message, httpStatus } = code === DUPLICATE_CODE ? UNDOCUMENTED[code] : catalogue[code];
  return { status: httpStatus, code, body: { error_code: code, error_msg: message } };
}

/** A rejection by the gateway in front of the service. */
export function gatewayResponse(
  code: GatewayCode,
  requestId: string,
  details: { status?: number; message?: string; headers?: Readonly<Record<string, string>> } = {},
): SimulatedResponse {
  const { message, httpStatus } = catalogue[code];
  return {
    status: details.status ?? httpStatus,
    code,
    body: { error_msg: details.message ?? message, error_code: code, request_id: requestId },
    ...(details.headers === undefined ? {} : { headers: details.headers }),
  };
}

/** A rejection by IAM, whose errors have a shape of their own. */
export function iamResponse(status: number, message: string, title: string): SimulatedResponse {
  return { status, body: { error: { code: status, message, title } } };
}
