// The API's error codes and limits.
// Generated from openapi/osm.v2.yaml (SHA-256 e7a943abc88c15942204bd87cc7b551b92cd4e1d734ac2f2b1905defd48ddac3) by `pnpm generate`. Do not edit.

/**
 * The documented codes by error class and execution of a write with this response. The gateway's codes have their
 * documented HTTP status.
 */
export const codesByMeaning: Readonly<Record<string, string>> = {
  "invalid-parameter no": "OSM.0001 OSM.01010001 OSM.01010006 OSM.01010008 OSM.01010012 OSM.01010013 OSM.01010016 OSM.01010018 OSM.01010041 OSM.01010042 OSM.01010050 OSM.01010051 OSM.01010057 OSM.01010058 OSM.01010062 APIGW.0201:400",
  "unauthenticated no": "OSM.0002 OSM.01010003 OSM.01010011 APIGW.0301:401 APIGW.0303:401 APIGW.0307:401",
  "forbidden no": "OSM.0003 OSM.01010002 OSM.01010007 OSM.01010009 OSM.01010010 OSM.01010055 OSM.01010056 OSM.01010059 OSM.01010061 APIGW.0304:403",
  "transient unknown": "OSM.0004 OSM.01010014 OSM.01010017 OSM.01010026",
  "throttled no": "OSM.01010004 OSM.01010024 APIGW.0308:429",
  "unknown no": "OSM.01010005 APIGW.0101:404 APIGW.0103:404 APIGW.0104:400 APIGW.0105:400 APIGW.0106:400",
  "not-found no": "OSM.01010015",
  "limit no": "OSM.01010043",
  "self-association no": "OSM.01010044"
};

/** Lengths are in characters (code points). */
export const limits = {
  "associationsPerTicket": 3,
  "ticketIdMaxLength": 64,
  "relatedIdMaxLength": 32,
  "deletedRelatedIdMaxLength": 64,
  "groupIdMaxLength": 64,
  "languageMaxLength": 32,
  "timeZoneMaxLength": 32
} as const;
