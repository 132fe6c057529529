/**
 * The requirements of the document "Creating an Association", sentence by sentence, in its order.
 *
 * A test cites an entry with the id in brackets at the end of its title: `[create.at-most-three]`; several ids in several
 * brackets. `requirements.test.ts` fails if no test cites an entry, or if a citation has no entry.
 */
export interface Requirement {
  readonly id: string;
  /** Verbatim; the row of a table is written as its cells. */
  readonly sentence: string;
  /** `held`: implemented as written. `read`: implemented as interpreted in README.md's table of contradictions. */
  readonly status: "held" | "read";
}

export const requirements: readonly Requirement[] = [
  { id: "create.function", sentence: "Create an association.", status: "held" },
  {
    id: "create.at-most-three",
    sentence: "A maximum of three associations are supported for a service ticket.",
    status: "held",
  },
  { id: "create.uri", sentence: "POST /v2/servicerequest/cases/{case_id}/relations", status: "held" },
  { id: "create.case-id-mandatory", sentence: "case_id | Yes | String", status: "held" },
  {
    id: "create.case-id",
    sentence: "Specifies the ID of the service ticket to be associated.",
    status: "read",
  },
  { id: "create.case-id-length", sentence: "Minimum length: 1 Maximum length: 64", status: "held" },
  { id: "create.token-mandatory", sentence: "X-Auth-Token | Yes | String", status: "read" },
  { id: "create.token", sentence: "Specifies the user token.", status: "held" },
  {
    id: "create.token-from-iam",
    sentence: "It can be obtained by calling the IAM API (value of X-Subject-Token in the response header).",
    status: "held",
  },
  { id: "create.token-length", sentence: "Minimum length: 1 Maximum length: 5000", status: "read" },
  { id: "create.language-optional", sentence: "X-Language | No | String", status: "held" },
  {
    id: "create.language",
    sentence:
      "Specifies the language environment. The value is a common language description character string, for example, zh-cn.",
    status: "held",
  },
  { id: "create.language-default", sentence: "It is zh-cn by default.", status: "held" },
  {
    id: "create.language-use",
    sentence:
      "Some internationalization information, such as the service ticket type and name, is displayed based on the language environment.",
    status: "held",
  },
  { id: "create.language-length", sentence: "Minimum length: 1 Maximum length: 32", status: "held" },
  { id: "create.time-zone-optional", sentence: "X-Time-Zone | No | String", status: "held" },
  {
    id: "create.time-zone",
    sentence:
      "Specifies the time zone. The value is a common time zone description character string, for example, GMT+8.",
    status: "held",
  },
  { id: "create.time-zone-default", sentence: "It is GMT+8 by default.", status: "held" },
  {
    id: "create.time-zone-use",
    sentence: "Time-related data is processed based on the time zone of the environment.",
    status: "held",
  },
  { id: "create.time-zone-length", sentence: "Minimum length: 1 Maximum length: 32", status: "held" },
  { id: "create.related-ids-mandatory", sentence: "related_id_list | Yes | Array of strings", status: "held" },
  {
    id: "create.related-ids-at-most-three",
    sentence: "Specifies the list of at most three IDs of the service tickets to be associated.",
    status: "held",
  },
  { id: "create.related-id-length", sentence: "Minimum length: 1 Maximum length: 32", status: "read" },
  { id: "create.group-id-mandatory", sentence: "group_id | Yes | String", status: "read" },
  { id: "create.group-id", sentence: "Specifies the group ID.", status: "held" },
  { id: "create.group-id-length", sentence: "Minimum length: 1 Maximum length: 64", status: "held" },
  { id: "create.error-code", sentence: "error_code | String | Specifies the error code.", status: "held" },
  { id: "create.error-code-length", sentence: "Minimum length: 0 Maximum length: 32", status: "held" },
  { id: "create.error-message", sentence: "error_msg | String | Description of the error.", status: "held" },
  { id: "create.error-message-length", sentence: "Minimum length: 0 Maximum length: 32", status: "read" },
  {
    id: "create.request-example",
    sentence:
      'POST https://{endpoint}/v2/servicerequest/cases/case-123/relations { "related_id_list" : "123456", "group_id" : "123456" }',
    status: "read",
  },
  { id: "create.response-example", sentence: "Response Example None", status: "held" },
  { id: "create.status-200", sentence: "Code 200 is returned if the operation is successful.", status: "read" },
  { id: "create.error-codes", sentence: "See Error Codes.", status: "held" },
];
