// The API's requests and responses as types.
// Generated from openapi/osm.v2.yaml (SHA-256 e7a943abc88c15942204bd87cc7b551b92cd4e1d734ac2f2b1905defd48ddac3) by `pnpm generate`. Do not edit.

export interface paths {
    "/v2/servicerequest/cases/{case_id}/relations": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Specifies the language environment. The value is a common language description character string, for example, zh-cn. It is zh-cn by default.
                 *     Some internationalization information, such as the service ticket type and name, is displayed based on the language environment.
                 */
                "X-Language"?: components["parameters"]["XLanguage"];
                /**
                 * @description Specifies the time zone. The value is a common time zone description character string, for example, GMT+8. It is GMT+8 by default.
                 *     Time-related data is processed based on the time zone of the environment.
                 */
                "X-Time-Zone"?: components["parameters"]["XTimeZone"];
                /**
                 * @description Specifies the site: 0 is the China site, 1 the International site. In the official SDKs and on older pages only;
                 *     whether the server uses it is not known. No value is documented for the Europe site.
                 */
                "X-Site"?: components["parameters"]["XSite"];
            };
            path: {
                /**
                 * @description Specifies the ID of the service ticket to be associated.
                 * @example case-123
                 */
                case_id: components["parameters"]["CaseId"];
            };
            cookie?: never;
        };
        /**
         * Listing the associations of a service ticket
         * @description Lists the service tickets that are associated with a service ticket.
         */
        get: operations["ListRelation"];
        put?: never;
        /**
         * Creating an Association
         * @description Create an association. A maximum of three associations are supported for a service ticket.
         */
        post: operations["CreateRelations"];
        /**
         * Deleting an association
         * @description Deletes one association. The request has a JSON body.
         */
        delete: operations["DeleteRelation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v3/auth/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Obtaining a user token by password
         * @description The token is the value of `X-Subject-Token` in the response header. It is valid for 24 hours, until
         *     `token.expires_at`. A new token does not void the old one.
         */
        post: operations["KeystoneCreateUserTokenByPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        CreateRelationsReq: {
            /** @description Specifies the list of at most three IDs of the service tickets to be associated. */
            related_id_list: string[];
            /** @description Specifies the group ID. */
            group_id: string;
        };
        CreateRelationsResponse: {
            error_code?: components["schemas"]["ErrorCode"];
            error_msg?: components["schemas"]["ErrorMessage"];
        };
        ListRelationResponse: {
            /** @description The associated service tickets. */
            case_relation_list?: components["schemas"]["CaseRealtionInfo"][];
            error_code?: components["schemas"]["ErrorCode"];
            error_msg?: components["schemas"]["ErrorMessage"];
        };
        /** @description The name is spelt as the vendor spells it. */
        CaseRealtionInfo: {
            /** @description The ID of the associated service ticket. */
            case_id?: string;
            /** @description Brief description of the service ticket, 1 to 2000 characters. */
            simple_description?: string;
            /** @description User name of the submitter, 1 to 256 characters. */
            user_name?: string;
        };
        DeleteRelationsReq: {
            /** @description Specifies the ID of the service ticket to be disassociated from. */
            related_id: string;
            /** @description Specifies the group ID. Mandatory when the call concerns other tickets of the same group. */
            group_id?: string;
        };
        DeleteRelationsResponse: {
            error_code?: components["schemas"]["ErrorCode"];
            error_msg?: components["schemas"]["ErrorMessage"];
        };
        /** @description Specifies the error code. */
        ErrorCode: string;
        /**
         * @description Description of the error. The document gives a length of 0 to 32, which the API's own messages exceed
         *     ("The same caseId relations should not be over 3." has 47), so no maximum is validated here.
         */
        ErrorMessage: string;
        /**
         * @description The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,
         *     which mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.
         */
        GatewayError: {
            error_code?: string;
            error_msg?: string;
            request_id?: string;
        };
        IamError: {
            error?: {
                code?: number | string;
                message?: string;
                title?: string;
            };
        };
        KeystoneCreateUserTokenByPasswordReq: {
            auth: {
                identity: {
                    methods: "password"[];
                    password: {
                        user: {
                            name: string;
                            password: string;
                            domain: {
                                name: string;
                            };
                        };
                    };
                };
                /** @description Either the domain or a project. */
                scope?: {
                    domain?: {
                        name?: string;
                        id?: string;
                    };
                    project?: {
                        id?: string;
                        name?: string;
                    };
                };
            };
        };
        KeystoneCreateUserTokenResponse: {
            token?: {
                /** @description When the token expires, ISO 8601 in UTC. */
                expires_at?: string;
                issued_at?: string;
            };
        };
    };
    responses: {
        /** @description The request was rejected before it was executed, by the parameter check or the gateway. */
        Rejected: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["GatewayError"];
            };
        };
        /** @description Token or signature missing, wrong or expired. Five failed signatures in a row lock the key for five minutes. */
        Unauthenticated: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["GatewayError"];
            };
        };
        /** @description No permission. */
        Forbidden: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["GatewayError"];
            };
        };
        /** @description The gateway has no such API at this address. A ticket that does not exist is an `error_code` with HTTP 200. */
        NotPublished: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["GatewayError"];
            };
        };
        /**
         * @description The gateway's limit was reached; the request was not executed. The message may name the window
         *     (`policy user over ratelimit,limit:200,time:1 second`, or `1 minute`).
         */
        Throttled: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["GatewayError"];
            };
        };
        /** @description The server failed; a write may have been executed. The body need not be JSON. */
        ServerError: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["GatewayError"];
            };
        };
        /** @description Any other response. The body need not be JSON. */
        OtherFailure: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["GatewayError"];
            };
        };
        /** @description IAM rejected the request or failed. */
        IamFailure: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["IamError"];
            };
        };
    };
    parameters: {
        /**
         * @description Specifies the ID of the service ticket to be associated.
         * @example case-123
         */
        CaseId: string;
        /**
         * @description Specifies the language environment. The value is a common language description character string, for example, zh-cn. It is zh-cn by default.
         *     Some internationalization information, such as the service ticket type and name, is displayed based on the language environment.
         */
        XLanguage: string;
        /**
         * @description Specifies the time zone. The value is a common time zone description character string, for example, GMT+8. It is GMT+8 by default.
         *     Time-related data is processed based on the time zone of the environment.
         */
        XTimeZone: string;
        /**
         * @description Specifies the site: 0 is the China site, 1 the International site. In the official SDKs and on older pages only;
         *     whether the server uses it is not known. No value is documented for the Europe site.
         */
        XSite: number;
    };
    requestBodies: never;
    headers: {
        /** @description The id with which the vendor's support finds the request. */
        XRequestId: string;
        /** @description Seconds, or an HTTP date. No page of the vendor mentions it; clients honour it if present. */
        RetryAfter: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    ListRelation: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Specifies the language environment. The value is a common language description character string, for example, zh-cn. It is zh-cn by default.
                 *     Some internationalization information, such as the service ticket type and name, is displayed based on the language environment.
                 */
                "X-Language"?: components["parameters"]["XLanguage"];
                /**
                 * @description Specifies the time zone. The value is a common time zone description character string, for example, GMT+8. It is GMT+8 by default.
                 *     Time-related data is processed based on the time zone of the environment.
                 */
                "X-Time-Zone"?: components["parameters"]["XTimeZone"];
                /**
                 * @description Specifies the site: 0 is the China site, 1 the International site. In the official SDKs and on older pages only;
                 *     whether the server uses it is not known. No value is documented for the Europe site.
                 */
                "X-Site"?: components["parameters"]["XSite"];
            };
            path: {
                /**
                 * @description Specifies the ID of the service ticket to be associated.
                 * @example case-123
                 */
                case_id: components["parameters"]["CaseId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /**
             * @description The associations, or a non-empty `error_code`. The page lists no `error_code` here, but this API
             *     usually returns errors with HTTP 200, so clients must check it.
             */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListRelationResponse"];
                };
            };
            400: components["responses"]["Rejected"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotPublished"];
            429: components["responses"]["Throttled"];
            500: components["responses"]["ServerError"];
            default: components["responses"]["OtherFailure"];
        };
    };
    CreateRelations: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Specifies the language environment. The value is a common language description character string, for example, zh-cn. It is zh-cn by default.
                 *     Some internationalization information, such as the service ticket type and name, is displayed based on the language environment.
                 */
                "X-Language"?: components["parameters"]["XLanguage"];
                /**
                 * @description Specifies the time zone. The value is a common time zone description character string, for example, GMT+8. It is GMT+8 by default.
                 *     Time-related data is processed based on the time zone of the environment.
                 */
                "X-Time-Zone"?: components["parameters"]["XTimeZone"];
                /**
                 * @description Specifies the site: 0 is the China site, 1 the International site. In the official SDKs and on older pages only;
                 *     whether the server uses it is not known. No value is documented for the Europe site.
                 */
                "X-Site"?: components["parameters"]["XSite"];
            };
            path: {
                /**
                 * @description Specifies the ID of the service ticket to be associated.
                 * @example case-123
                 */
                case_id: components["parameters"]["CaseId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateRelationsReq"];
            };
        };
        responses: {
            /**
             * @description Code 200 is returned if the operation is successful. It is also returned with a non-empty
             *     `error_code` if the operation failed. The document's response example is "None": an empty body,
             *     `{}` and an empty or null `error_code` all mean success.
             */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreateRelationsResponse"];
                };
            };
            400: components["responses"]["Rejected"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotPublished"];
            429: components["responses"]["Throttled"];
            500: components["responses"]["ServerError"];
            default: components["responses"]["OtherFailure"];
        };
    };
    DeleteRelation: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Specifies the language environment. The value is a common language description character string, for example, zh-cn. It is zh-cn by default.
                 *     Some internationalization information, such as the service ticket type and name, is displayed based on the language environment.
                 */
                "X-Language"?: components["parameters"]["XLanguage"];
                /**
                 * @description Specifies the time zone. The value is a common time zone description character string, for example, GMT+8. It is GMT+8 by default.
                 *     Time-related data is processed based on the time zone of the environment.
                 */
                "X-Time-Zone"?: components["parameters"]["XTimeZone"];
                /**
                 * @description Specifies the site: 0 is the China site, 1 the International site. In the official SDKs and on older pages only;
                 *     whether the server uses it is not known. No value is documented for the Europe site.
                 */
                "X-Site"?: components["parameters"]["XSite"];
            };
            path: {
                /**
                 * @description Specifies the ID of the service ticket to be associated.
                 * @example case-123
                 */
                case_id: components["parameters"]["CaseId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeleteRelationsReq"];
            };
        };
        responses: {
            /** @description The association was deleted, or `error_code` has the reason for the failure. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeleteRelationsResponse"];
                };
            };
            400: components["responses"]["Rejected"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotPublished"];
            429: components["responses"]["Throttled"];
            500: components["responses"]["ServerError"];
            default: components["responses"]["OtherFailure"];
        };
    };
    KeystoneCreateUserTokenByPassword: {
        parameters: {
            query?: {
                /** @description `true` omits the service catalogue, which makes the response small. */
                nocatalog?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeystoneCreateUserTokenByPasswordReq"];
            };
        };
        responses: {
            /** @description The token was created. */
            201: {
                headers: {
                    /** @description The user token. */
                    "X-Subject-Token": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeystoneCreateUserTokenResponse"];
                };
            };
            400: components["responses"]["IamFailure"];
            401: components["responses"]["IamFailure"];
            403: components["responses"]["IamFailure"];
            404: components["responses"]["IamFailure"];
            429: components["responses"]["Throttled"];
            500: components["responses"]["IamFailure"];
            default: components["responses"]["IamFailure"];
        };
    };
}
