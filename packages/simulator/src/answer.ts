import { osmDocument } from "./generated/osm-document.ts";
import type { components } from "./generated/osm.ts";

type Schemas = components["schemas"];

/** Every body that the API, the gateway before it, or IAM answers with. */
type AnswerBody =
  | Schemas["CreateRelationsResponse"]
  | Schemas["ListRelationResponse"]
  | Schemas["DeleteRelationsResponse"]
  | Schemas["GatewayError"]
  | Schemas["IamError"]
  | Schemas["KeystoneCreateUserTokenResponse"];

export interface Answer {
  readonly status: number;
  /** The vendor's error code in the body, for the journal. */
  readonly code?: string;
  /** Without it the answer has no body. */
  readonly body?: AnswerBody;
  readonly headers?: Readonly<Record<string, string>>;
  /** The configuration asks for an answer that the document does not allow, so it is not checked against it. */
  readonly isDeviating?: boolean;
}

const catalogue = osmDocument["x-osm-errors"];
type CatalogueCode = keyof typeof catalogue;

export type OsmCode = Extract<CatalogueCode, `OSM.${string}`> | typeof DUPLICATE_CODE;
export type GatewayCode = Extract<CatalogueCode, `APIGW.${string}`>;

/** No page documents a code for an association that exists already; this is the first free one beside the limit's. */
export const DUPLICATE_CODE = "OSM.01010045";

const UNDOCUMENTED = { [DUPLICATE_CODE]: { message: "The relation already exists.", httpStatus: 200 } };

/** The service's own refusal. Most of them come with HTTP 200. */
export function osmAnswer(code: OsmCode): Answer {
  const { message, httpStatus } = code === DUPLICATE_CODE ? UNDOCUMENTED[code] : catalogue[code];
  return { status: httpStatus, code, body: { error_code: code, error_msg: message } };
}

/** A refusal of the gateway in front of the service. */
export function gatewayAnswer(
  code: GatewayCode,
  requestId: string,
  details: { status?: number; message?: string; headers?: Readonly<Record<string, string>> } = {},
): Answer {
  const { message, httpStatus } = catalogue[code];
  return {
    status: details.status ?? httpStatus,
    code,
    body: { error_msg: details.message ?? message, error_code: code, request_id: requestId },
    ...(details.headers === undefined ? {} : { headers: details.headers }),
  };
}

/** A refusal of IAM, whose errors have a shape of their own. */
export function iamAnswer(status: number, message: string, title: string): Answer {
  return { status, body: { error: { code: status, message, title } } };
}
