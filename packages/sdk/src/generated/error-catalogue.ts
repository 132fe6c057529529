// The API's error codes with their documented messages.
// Generated from openapi/osm.v2.yaml (SHA-256 e7a943abc88c15942204bd87cc7b551b92cd4e1d734ac2f2b1905defd48ddac3) by `pnpm generate`. Do not edit.

/** The documented error codes. `execution` states if a write with this response was executed. */
export const errorCatalogue = {
  "OSM.0001": {
    "message": "Failed",
    "httpStatus": 400,
    "errorClass": "invalid-parameter",
    "execution": "no"
  },
  "OSM.0002": {
    "message": "Unauthorized",
    "httpStatus": 401,
    "errorClass": "unauthenticated",
    "execution": "no"
  },
  "OSM.0003": {
    "message": "Forbidden",
    "httpStatus": 403,
    "errorClass": "forbidden",
    "execution": "no"
  },
  "OSM.0004": {
    "message": "Internal Server Error",
    "httpStatus": 500,
    "errorClass": "transient",
    "execution": "unknown"
  },
  "OSM.01010001": {
    "message": "Param validation fail.",
    "httpStatus": 200,
    "errorClass": "invalid-parameter",
    "execution": "no"
  },
  "OSM.01010002": {
    "message": "No operation permission.",
    "httpStatus": 200,
    "errorClass": "forbidden",
    "execution": "no"
  },
  "OSM.01010003": {
    "message": "Account and password not match.",
    "httpStatus": 200,
    "errorClass": "unauthenticated",
    "execution": "no"
  },
  "OSM.01010004": {
    "message": "You have asked for the order, please ask for it later.",
    "httpStatus": 200,
    "errorClass": "throttled",
    "execution": "no"
  },
  "OSM.01010005": {
    "message": "Upload accessory size exceeded limit today.",
    "httpStatus": 200,
    "errorClass": "unknown",
    "execution": "no"
  },
  "OSM.01010006": {
    "message": "Severity Id not exists.",
    "httpStatus": 200,
    "errorClass": "invalid-parameter",
    "execution": "no"
  },
  "OSM.01010007": {
    "message": "This tenant has no role to create a case.",
    "httpStatus": 200,
    "errorClass": "forbidden",
    "execution": "no"
  },
  "OSM.01010008": {
    "message": "Carbon copy email not valid.",
    "httpStatus": 200,
    "errorClass": "invalid-parameter",
    "execution": "no"
  },
  "OSM.01010009": {
    "message": "Can't create case because of customer benefit not match rule.",
    "httpStatus": 200,
    "errorClass": "forbidden",
    "execution": "no"
  },
  "OSM.01010010": {
    "message": "Verify not pass.",
    "httpStatus": 200,
    "errorClass": "forbidden",
    "execution": "no"
  },
  "OSM.01010011": {
    "message": "Can't get customer info from token.",
    "httpStatus": 200,
    "errorClass": "unauthenticated",
    "execution": "no"
  },
  "OSM.01010012": {
    "message": "The type must be 0 or 1.",
    "httpStatus": 200,
    "errorClass": "invalid-parameter",
    "execution": "no"
  },
  "OSM.01010013": {
    "message": "The operation must be canceled or closed or pressed or deleted.",
    "httpStatus": 200,
    "errorClass": "invalid-parameter",
    "execution": "no"
  },
  "OSM.01010014": {
    "message": "Operation failed.",
    "httpStatus": 200,
    "errorClass": "transient",
    "execution": "unknown"
  },
  "OSM.01010015": {
    "message": "This case does not exist.",
    "httpStatus": 200,
    "errorClass": "not-found",
    "execution": "no"
  },
  "OSM.01010016": {
    "message": "The createFeedbacktype is not valid.",
    "httpStatus": 200,
    "errorClass": "invalid-parameter",
    "execution": "no"
  },
  "OSM.01010017": {
    "message": "Operation fail.",
    "httpStatus": 200,
    "errorClass": "transient",
    "execution": "unknown"
  },
  "OSM.01010018": {
    "message": "Auth operate type not support.",
    "httpStatus": 200,
    "errorClass": "invalid-parameter",
    "execution": "no"
  },
  "OSM.01010024": {
    "message": "Verify code resend too frequently.",
    "httpStatus": 200,
    "errorClass": "throttled",
    "execution": "no"
  },
  "OSM.01010026": {
    "message": "Get businessType fail.",
    "httpStatus": 200,
    "errorClass": "transient",
    "execution": "unknown"
  },
  "OSM.01010041": {
    "message": "The same domainId labels should not be over 30.",
    "httpStatus": 200,
    "errorClass": "invalid-parameter",
    "execution": "no"
  },
  "OSM.01010042": {
    "message": "The same caseId labels should not be over 5.",
    "httpStatus": 200,
    "errorClass": "invalid-parameter",
    "execution": "no"
  },
  "OSM.01010043": {
    "message": "The same caseId relations should not be over 3.",
    "httpStatus": 200,
    "errorClass": "limit",
    "execution": "no"
  },
  "OSM.01010044": {
    "message": "The case can not bind itself.",
    "httpStatus": 200,
    "errorClass": "self-association",
    "execution": "no"
  },
  "OSM.01010050": {
    "message": "ISV tickets can only be transferred one by one.",
    "httpStatus": 200,
    "errorClass": "invalid-parameter",
    "execution": "no"
  },
  "OSM.01010051": {
    "message": "The operator is the current handler.",
    "httpStatus": 200,
    "errorClass": "invalid-parameter",
    "execution": "no"
  },
  "OSM.01010055": {
    "message": "The customer has no associated partner.",
    "httpStatus": 200,
    "errorClass": "forbidden",
    "execution": "no"
  },
  "OSM.01010056": {
    "message": "The customer's partner is not in the whitelist.",
    "httpStatus": 200,
    "errorClass": "forbidden",
    "execution": "no"
  },
  "OSM.01010057": {
    "message": "The partner does not exist.",
    "httpStatus": 200,
    "errorClass": "invalid-parameter",
    "execution": "no"
  },
  "OSM.01010058": {
    "message": "The chosen handler does not match the customer's partner.",
    "httpStatus": 200,
    "errorClass": "invalid-parameter",
    "execution": "no"
  },
  "OSM.01010059": {
    "message": "The customer has bought a support plan.",
    "httpStatus": 200,
    "errorClass": "forbidden",
    "execution": "no"
  },
  "OSM.01010061": {
    "message": "The partner cannot handle this ticket.",
    "httpStatus": 200,
    "errorClass": "forbidden",
    "execution": "no"
  },
  "OSM.01010062": {
    "message": "The workflow node does not exist.",
    "httpStatus": 200,
    "errorClass": "invalid-parameter",
    "execution": "no"
  },
  "APIGW.0101": {
    "message": "The API does not exist or has not been published.",
    "httpStatus": 404,
    "errorClass": "unknown",
    "execution": "no"
  },
  "APIGW.0103": {
    "message": "The backend does not exist.",
    "httpStatus": 404,
    "errorClass": "unknown",
    "execution": "no"
  },
  "APIGW.0104": {
    "message": "The plug-ins are not found.",
    "httpStatus": 400,
    "errorClass": "unknown",
    "execution": "no"
  },
  "APIGW.0105": {
    "message": "The backend configurations are not found.",
    "httpStatus": 400,
    "errorClass": "unknown",
    "execution": "no"
  },
  "APIGW.0106": {
    "message": "Orchestration error.",
    "httpStatus": 400,
    "errorClass": "unknown",
    "execution": "no"
  },
  "APIGW.0201": {
    "message": "API request error.",
    "httpStatus": 400,
    "errorClass": "invalid-parameter",
    "execution": "no"
  },
  "APIGW.0301": {
    "message": "Incorrect IAM authentication information.",
    "httpStatus": 401,
    "errorClass": "unauthenticated",
    "execution": "no"
  },
  "APIGW.0303": {
    "message": "Incorrect app authentication information.",
    "httpStatus": 401,
    "errorClass": "unauthenticated",
    "execution": "no"
  },
  "APIGW.0304": {
    "message": "The app is not authorized to access the API.",
    "httpStatus": 403,
    "errorClass": "forbidden",
    "execution": "no"
  },
  "APIGW.0307": {
    "message": "The token must be updated.",
    "httpStatus": 401,
    "errorClass": "unauthenticated",
    "execution": "no"
  },
  "APIGW.0308": {
    "message": "The throttling threshold has been reached.",
    "httpStatus": 429,
    "errorClass": "throttled",
    "execution": "no"
  }
} as const;
