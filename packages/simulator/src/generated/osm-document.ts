// The description as an object without references: every schema in it is self-contained (JSON Schema 2020-12).
// Generated from openapi/osm.v2.yaml (SHA-256 e7a943abc88c15942204bd87cc7b551b92cd4e1d734ac2f2b1905defd48ddac3) by `pnpm generate`. Do not edit.

export const osmDocument = {
  "openapi": "3.1.0",
  "info": {
    "title": "Huawei Cloud service tickets, Management of Associated Tickets",
    "version": "2",
    "summary": "Associations between service tickets.",
    "description": "`CreateRelations` is written from the document \"Creating an Association\" (its SHA-256 and every\ncontradiction in it, with the interpretation chosen here, are in README.md in the same folder).\n`ListRelation`, `DeleteRelation`, the token call, the error codes and the gateway's responses come from\nthe sister pages of the same reference and from the official SDKs.\n\nMost failures of this API have **HTTP 200 and a non-empty `error_code`**. A response is a success only\nif it is a 2xx and its `error_code` is absent, null or empty.\n",
    "license": {
      "name": "Apache-2.0",
      "identifier": "Apache-2.0"
    }
  },
  "servers": [
    {
      "url": "https://{endpoint}",
      "description": "The document's own placeholder. Other hosts and plain http are possible: the base URL is configuration.",
      "variables": {
        "endpoint": {
          "default": "osm.ap-southeast-3.myhuaweicloud.com",
          "description": "Documented hosts: osm.cn-south-1.myhuaweicloud.com (China), osm.ap-southeast-3.myhuaweicloud.com\n(International), osm.eu-west-101.myhuaweicloud.eu (Europe).\n"
        }
      }
    }
  ],
  "security": [
    {
      "token": []
    },
    {
      "signature": []
    }
  ],
  "tags": [
    {
      "name": "Management of Associated Tickets",
      "description": "Create, list and delete the associations of a service ticket."
    },
    {
      "name": "Token",
      "description": "The IAM call that issues the user token."
    }
  ],
  "paths": {
    "/v2/servicerequest/cases/{case_id}/relations": {
      "parameters": [
        {
          "name": "case_id",
          "in": "path",
          "required": true,
          "description": "Specifies the ID of the service ticket to be associated.",
          "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 64
          },
          "example": "case-123"
        },
        {
          "name": "X-Language",
          "in": "header",
          "required": false,
          "description": "Specifies the language environment. The value is a common language description character string, for example, zh-cn. It is zh-cn by default.\nSome internationalization information, such as the service ticket type and name, is displayed based on the language environment.\n",
          "schema": {
            "type": "string",
            "default": "zh-cn",
            "minLength": 1,
            "maxLength": 32
          }
        },
        {
          "name": "X-Time-Zone",
          "in": "header",
          "required": false,
          "description": "Specifies the time zone. The value is a common time zone description character string, for example, GMT+8. It is GMT+8 by default.\nTime-related data is processed based on the time zone of the environment.\n",
          "schema": {
            "type": "string",
            "default": "GMT+8",
            "minLength": 1,
            "maxLength": 32
          }
        },
        {
          "name": "X-Site",
          "in": "header",
          "required": false,
          "description": "Specifies the site: 0 is the China site, 1 the International site. In the official SDKs and on older pages only;\nwhether the server uses it is not known. No value is documented for the Europe site.\n",
          "schema": {
            "type": "integer",
            "default": 0,
            "minimum": 0,
            "maximum": 1
          }
        }
      ],
      "post": {
        "operationId": "CreateRelations",
        "tags": [
          "Management of Associated Tickets"
        ],
        "summary": "Creating an Association",
        "description": "Create an association. A maximum of three associations are supported for a service ticket.",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": [
                  "related_id_list",
                  "group_id"
                ],
                "properties": {
                  "related_id_list": {
                    "type": "array",
                    "description": "Specifies the list of at most three IDs of the service tickets to be associated.",
                    "minItems": 1,
                    "maxItems": 3,
                    "items": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 32
                    }
                  },
                  "group_id": {
                    "type": "string",
                    "description": "Specifies the group ID.",
                    "minLength": 1,
                    "maxLength": 64
                  }
                }
              },
              "examples": {
                "document": {
                  "summary": "The document's example, with the list that its table requires.",
                  "value": {
                    "related_id_list": [
                      "123456"
                    ],
                    "group_id": "123456"
                  }
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Code 200 is returned if the operation is successful. It is also returned with a non-empty\n`error_code` if the operation failed. The document's response example is \"None\": an empty body,\n`{}` and an empty or null `error_code` all mean success.\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "properties": {
                    "error_code": {
                      "type": "string",
                      "description": "Specifies the error code.",
                      "minLength": 0,
                      "maxLength": 32
                    },
                    "error_msg": {
                      "type": "string",
                      "description": "Description of the error. The document gives a length of 0 to 32, which the API's own messages exceed\n(\"The same caseId relations should not be over 3.\" has 47), so no maximum is validated here.\n",
                      "minLength": 0
                    }
                  }
                }
              }
            }
          },
          "400": {
            "description": "The request was rejected before it was executed, by the parameter check or the gateway.",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "401": {
            "description": "Token or signature missing, wrong or expired. Five failed signatures in a row lock the key for five minutes.\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "403": {
            "description": "No permission.",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "404": {
            "description": "The gateway has no such API at this address. A ticket that does not exist is an `error_code` with HTTP 200.",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "429": {
            "description": "The gateway's limit was reached; the request was not executed. The message may name the window\n(`policy user over ratelimit,limit:200,time:1 second`, or `1 minute`).\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              },
              "Retry-After": {
                "description": "Seconds, or an HTTP date. No page of the vendor mentions it; clients honour it if present.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "500": {
            "description": "The server failed; a write may have been executed. The body need not be JSON.",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              },
              "Retry-After": {
                "description": "Seconds, or an HTTP date. No page of the vendor mentions it; clients honour it if present.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "default": {
            "description": "Any other response. The body need not be JSON.",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          }
        }
      },
      "get": {
        "operationId": "ListRelation",
        "tags": [
          "Management of Associated Tickets"
        ],
        "summary": "Listing the associations of a service ticket",
        "description": "Lists the service tickets that are associated with a service ticket.",
        "responses": {
          "200": {
            "description": "The associations, or a non-empty `error_code`. The page lists no `error_code` here, but this API\nusually returns errors with HTTP 200, so clients must check it.\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "properties": {
                    "case_relation_list": {
                      "type": "array",
                      "description": "The associated service tickets.",
                      "maxItems": 3,
                      "items": {
                        "type": "object",
                        "description": "The name is spelt as the vendor spells it.",
                        "properties": {
                          "case_id": {
                            "type": "string",
                            "description": "The ID of the associated service ticket.",
                            "minLength": 1,
                            "maxLength": 64
                          },
                          "simple_description": {
                            "type": "string",
                            "description": "Brief description of the service ticket, 1 to 2000 characters."
                          },
                          "user_name": {
                            "type": "string",
                            "description": "User name of the submitter, 1 to 256 characters."
                          }
                        }
                      }
                    },
                    "error_code": {
                      "type": "string",
                      "description": "Specifies the error code.",
                      "minLength": 0,
                      "maxLength": 32
                    },
                    "error_msg": {
                      "type": "string",
                      "description": "Description of the error. The document gives a length of 0 to 32, which the API's own messages exceed\n(\"The same caseId relations should not be over 3.\" has 47), so no maximum is validated here.\n",
                      "minLength": 0
                    }
                  }
                }
              }
            }
          },
          "400": {
            "description": "The request was rejected before it was executed, by the parameter check or the gateway.",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "401": {
            "description": "Token or signature missing, wrong or expired. Five failed signatures in a row lock the key for five minutes.\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "403": {
            "description": "No permission.",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "404": {
            "description": "The gateway has no such API at this address. A ticket that does not exist is an `error_code` with HTTP 200.",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "429": {
            "description": "The gateway's limit was reached; the request was not executed. The message may name the window\n(`policy user over ratelimit,limit:200,time:1 second`, or `1 minute`).\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              },
              "Retry-After": {
                "description": "Seconds, or an HTTP date. No page of the vendor mentions it; clients honour it if present.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "500": {
            "description": "The server failed; a write may have been executed. The body need not be JSON.",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              },
              "Retry-After": {
                "description": "Seconds, or an HTTP date. No page of the vendor mentions it; clients honour it if present.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "default": {
            "description": "Any other response. The body need not be JSON.",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          }
        }
      },
      "delete": {
        "operationId": "DeleteRelation",
        "tags": [
          "Management of Associated Tickets"
        ],
        "summary": "Deleting an association",
        "description": "Deletes one association. The request has a JSON body.",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": [
                  "related_id"
                ],
                "properties": {
                  "related_id": {
                    "type": "string",
                    "description": "Specifies the ID of the service ticket to be disassociated from.",
                    "minLength": 1,
                    "maxLength": 64
                  },
                  "group_id": {
                    "type": "string",
                    "description": "Specifies the group ID. Mandatory when the call concerns other tickets of the same group.",
                    "minLength": 1,
                    "maxLength": 64
                  }
                }
              },
              "examples": {
                "one": {
                  "value": {
                    "related_id": "123456",
                    "group_id": "123456"
                  }
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The association was deleted, or `error_code` has the reason for the failure.",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "properties": {
                    "error_code": {
                      "type": "string",
                      "description": "Specifies the error code.",
                      "minLength": 0,
                      "maxLength": 32
                    },
                    "error_msg": {
                      "type": "string",
                      "description": "Description of the error. The document gives a length of 0 to 32, which the API's own messages exceed\n(\"The same caseId relations should not be over 3.\" has 47), so no maximum is validated here.\n",
                      "minLength": 0
                    }
                  }
                }
              }
            }
          },
          "400": {
            "description": "The request was rejected before it was executed, by the parameter check or the gateway.",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "401": {
            "description": "Token or signature missing, wrong or expired. Five failed signatures in a row lock the key for five minutes.\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "403": {
            "description": "No permission.",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "404": {
            "description": "The gateway has no such API at this address. A ticket that does not exist is an `error_code` with HTTP 200.",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "429": {
            "description": "The gateway's limit was reached; the request was not executed. The message may name the window\n(`policy user over ratelimit,limit:200,time:1 second`, or `1 minute`).\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              },
              "Retry-After": {
                "description": "Seconds, or an HTTP date. No page of the vendor mentions it; clients honour it if present.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "500": {
            "description": "The server failed; a write may have been executed. The body need not be JSON.",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              },
              "Retry-After": {
                "description": "Seconds, or an HTTP date. No page of the vendor mentions it; clients honour it if present.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "default": {
            "description": "Any other response. The body need not be JSON.",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          }
        }
      }
    },
    "/v3/auth/tokens": {
      "servers": [
        {
          "url": "https://{iamEndpoint}",
          "description": "IAM, a service of its own.",
          "variables": {
            "iamEndpoint": {
              "default": "iam.myhuaweicloud.com",
              "description": "The global host, or iam.{region}.myhuaweicloud.com."
            }
          }
        }
      ],
      "post": {
        "operationId": "KeystoneCreateUserTokenByPassword",
        "tags": [
          "Token"
        ],
        "summary": "Obtaining a user token by password",
        "description": "The token is the value of `X-Subject-Token` in the response header. It is valid for 24 hours, until\n`token.expires_at`. A new token does not void the old one.\n",
        "security": [],
        "parameters": [
          {
            "name": "nocatalog",
            "in": "query",
            "required": false,
            "description": "`true` omits the service catalogue, which makes the response small.",
            "schema": {
              "type": "string"
            }
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": [
                  "auth"
                ],
                "properties": {
                  "auth": {
                    "type": "object",
                    "required": [
                      "identity"
                    ],
                    "properties": {
                      "identity": {
                        "type": "object",
                        "required": [
                          "methods",
                          "password"
                        ],
                        "properties": {
                          "methods": {
                            "type": "array",
                            "items": {
                              "type": "string",
                              "enum": [
                                "password"
                              ]
                            }
                          },
                          "password": {
                            "type": "object",
                            "required": [
                              "user"
                            ],
                            "properties": {
                              "user": {
                                "type": "object",
                                "required": [
                                  "name",
                                  "password",
                                  "domain"
                                ],
                                "properties": {
                                  "name": {
                                    "type": "string"
                                  },
                                  "password": {
                                    "type": "string"
                                  },
                                  "domain": {
                                    "type": "object",
                                    "required": [
                                      "name"
                                    ],
                                    "properties": {
                                      "name": {
                                        "type": "string"
                                      }
                                    }
                                  }
                                }
                              }
                            }
                          }
                        }
                      },
                      "scope": {
                        "type": "object",
                        "description": "Either the domain or a project.",
                        "properties": {
                          "domain": {
                            "type": "object",
                            "properties": {
                              "name": {
                                "type": "string"
                              },
                              "id": {
                                "type": "string"
                              }
                            }
                          },
                          "project": {
                            "type": "object",
                            "properties": {
                              "id": {
                                "type": "string"
                              },
                              "name": {
                                "type": "string"
                              }
                            }
                          }
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        },
        "responses": {
          "201": {
            "description": "The token was created.",
            "headers": {
              "X-Subject-Token": {
                "description": "The user token.",
                "required": true,
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "properties": {
                    "token": {
                      "type": "object",
                      "properties": {
                        "expires_at": {
                          "type": "string",
                          "description": "When the token expires, ISO 8601 in UTC."
                        },
                        "issued_at": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          },
          "400": {
            "description": "IAM rejected the request or failed.",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "properties": {
                    "error": {
                      "type": "object",
                      "properties": {
                        "code": {
                          "type": [
                            "integer",
                            "string"
                          ]
                        },
                        "message": {
                          "type": "string"
                        },
                        "title": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          },
          "401": {
            "description": "IAM rejected the request or failed.",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "properties": {
                    "error": {
                      "type": "object",
                      "properties": {
                        "code": {
                          "type": [
                            "integer",
                            "string"
                          ]
                        },
                        "message": {
                          "type": "string"
                        },
                        "title": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          },
          "403": {
            "description": "IAM rejected the request or failed.",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "properties": {
                    "error": {
                      "type": "object",
                      "properties": {
                        "code": {
                          "type": [
                            "integer",
                            "string"
                          ]
                        },
                        "message": {
                          "type": "string"
                        },
                        "title": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          },
          "404": {
            "description": "IAM rejected the request or failed.",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "properties": {
                    "error": {
                      "type": "object",
                      "properties": {
                        "code": {
                          "type": [
                            "integer",
                            "string"
                          ]
                        },
                        "message": {
                          "type": "string"
                        },
                        "title": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          },
          "429": {
            "description": "The gateway's limit was reached; the request was not executed. The message may name the window\n(`policy user over ratelimit,limit:200,time:1 second`, or `1 minute`).\n",
            "headers": {
              "X-Request-Id": {
                "description": "The id with which the vendor's support finds the request.",
                "schema": {
                  "type": "string"
                }
              },
              "Retry-After": {
                "description": "Seconds, or an HTTP date. No page of the vendor mentions it; clients honour it if present.",
                "schema": {
                  "type": "string"
                }
              }
            },
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
                  "properties": {
                    "error_code": {
                      "type": "string"
                    },
                    "error_msg": {
                      "type": "string"
                    },
                    "request_id": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          },
          "500": {
            "description": "IAM rejected the request or failed.",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "properties": {
                    "error": {
                      "type": "object",
                      "properties": {
                        "code": {
                          "type": [
                            "integer",
                            "string"
                          ]
                        },
                        "message": {
                          "type": "string"
                        },
                        "title": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          },
          "default": {
            "description": "IAM rejected the request or failed.",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "properties": {
                    "error": {
                      "type": "object",
                      "properties": {
                        "code": {
                          "type": [
                            "integer",
                            "string"
                          ]
                        },
                        "message": {
                          "type": "string"
                        },
                        "title": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  "components": {
    "securitySchemes": {
      "token": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Auth-Token",
        "description": "Specifies the user token. It can be obtained by calling the IAM API (value of X-Subject-Token in the response header).\nMandatory in the document, 1 to 5000 characters; either this or a signature is needed.\nThe maximum is not checked before sending: other pages of the vendor allow far longer tokens.\n"
      },
      "signature": {
        "type": "http",
        "scheme": "SDK-HMAC-SHA256",
        "description": "`Authorization: SDK-HMAC-SHA256 Access={access key}, SignedHeaders={names}, Signature={hex}` over the\nrequest and `X-Sdk-Date` (UTC, within 15 minutes of the server's clock). Temporary keys add\n`X-Security-Token`; `X-Domain-Id` or `X-Project-Id` specify the scope.\n"
      }
    },
    "parameters": {
      "CaseId": {
        "name": "case_id",
        "in": "path",
        "required": true,
        "description": "Specifies the ID of the service ticket to be associated.",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 64
        },
        "example": "case-123"
      },
      "XLanguage": {
        "name": "X-Language",
        "in": "header",
        "required": false,
        "description": "Specifies the language environment. The value is a common language description character string, for example, zh-cn. It is zh-cn by default.\nSome internationalization information, such as the service ticket type and name, is displayed based on the language environment.\n",
        "schema": {
          "type": "string",
          "default": "zh-cn",
          "minLength": 1,
          "maxLength": 32
        }
      },
      "XTimeZone": {
        "name": "X-Time-Zone",
        "in": "header",
        "required": false,
        "description": "Specifies the time zone. The value is a common time zone description character string, for example, GMT+8. It is GMT+8 by default.\nTime-related data is processed based on the time zone of the environment.\n",
        "schema": {
          "type": "string",
          "default": "GMT+8",
          "minLength": 1,
          "maxLength": 32
        }
      },
      "XSite": {
        "name": "X-Site",
        "in": "header",
        "required": false,
        "description": "Specifies the site: 0 is the China site, 1 the International site. In the official SDKs and on older pages only;\nwhether the server uses it is not known. No value is documented for the Europe site.\n",
        "schema": {
          "type": "integer",
          "default": 0,
          "minimum": 0,
          "maximum": 1
        }
      }
    },
    "headers": {
      "XRequestId": {
        "description": "The id with which the vendor's support finds the request.",
        "schema": {
          "type": "string"
        }
      },
      "RetryAfter": {
        "description": "Seconds, or an HTTP date. No page of the vendor mentions it; clients honour it if present.",
        "schema": {
          "type": "string"
        }
      }
    },
    "schemas": {
      "CreateRelationsReq": {
        "type": "object",
        "required": [
          "related_id_list",
          "group_id"
        ],
        "properties": {
          "related_id_list": {
            "type": "array",
            "description": "Specifies the list of at most three IDs of the service tickets to be associated.",
            "minItems": 1,
            "maxItems": 3,
            "items": {
              "type": "string",
              "minLength": 1,
              "maxLength": 32
            }
          },
          "group_id": {
            "type": "string",
            "description": "Specifies the group ID.",
            "minLength": 1,
            "maxLength": 64
          }
        }
      },
      "CreateRelationsResponse": {
        "type": "object",
        "properties": {
          "error_code": {
            "type": "string",
            "description": "Specifies the error code.",
            "minLength": 0,
            "maxLength": 32
          },
          "error_msg": {
            "type": "string",
            "description": "Description of the error. The document gives a length of 0 to 32, which the API's own messages exceed\n(\"The same caseId relations should not be over 3.\" has 47), so no maximum is validated here.\n",
            "minLength": 0
          }
        }
      },
      "ListRelationResponse": {
        "type": "object",
        "properties": {
          "case_relation_list": {
            "type": "array",
            "description": "The associated service tickets.",
            "maxItems": 3,
            "items": {
              "type": "object",
              "description": "The name is spelt as the vendor spells it.",
              "properties": {
                "case_id": {
                  "type": "string",
                  "description": "The ID of the associated service ticket.",
                  "minLength": 1,
                  "maxLength": 64
                },
                "simple_description": {
                  "type": "string",
                  "description": "Brief description of the service ticket, 1 to 2000 characters."
                },
                "user_name": {
                  "type": "string",
                  "description": "User name of the submitter, 1 to 256 characters."
                }
              }
            }
          },
          "error_code": {
            "type": "string",
            "description": "Specifies the error code.",
            "minLength": 0,
            "maxLength": 32
          },
          "error_msg": {
            "type": "string",
            "description": "Description of the error. The document gives a length of 0 to 32, which the API's own messages exceed\n(\"The same caseId relations should not be over 3.\" has 47), so no maximum is validated here.\n",
            "minLength": 0
          }
        }
      },
      "CaseRealtionInfo": {
        "type": "object",
        "description": "The name is spelt as the vendor spells it.",
        "properties": {
          "case_id": {
            "type": "string",
            "description": "The ID of the associated service ticket.",
            "minLength": 1,
            "maxLength": 64
          },
          "simple_description": {
            "type": "string",
            "description": "Brief description of the service ticket, 1 to 2000 characters."
          },
          "user_name": {
            "type": "string",
            "description": "User name of the submitter, 1 to 256 characters."
          }
        }
      },
      "DeleteRelationsReq": {
        "type": "object",
        "required": [
          "related_id"
        ],
        "properties": {
          "related_id": {
            "type": "string",
            "description": "Specifies the ID of the service ticket to be disassociated from.",
            "minLength": 1,
            "maxLength": 64
          },
          "group_id": {
            "type": "string",
            "description": "Specifies the group ID. Mandatory when the call concerns other tickets of the same group.",
            "minLength": 1,
            "maxLength": 64
          }
        }
      },
      "DeleteRelationsResponse": {
        "type": "object",
        "properties": {
          "error_code": {
            "type": "string",
            "description": "Specifies the error code.",
            "minLength": 0,
            "maxLength": 32
          },
          "error_msg": {
            "type": "string",
            "description": "Description of the error. The document gives a length of 0 to 32, which the API's own messages exceed\n(\"The same caseId relations should not be over 3.\" has 47), so no maximum is validated here.\n",
            "minLength": 0
          }
        }
      },
      "ErrorCode": {
        "type": "string",
        "description": "Specifies the error code.",
        "minLength": 0,
        "maxLength": 32
      },
      "ErrorMessage": {
        "type": "string",
        "description": "Description of the error. The document gives a length of 0 to 32, which the API's own messages exceed\n(\"The same caseId relations should not be over 3.\" has 47), so no maximum is validated here.\n",
        "minLength": 0
      },
      "GatewayError": {
        "type": "object",
        "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
        "properties": {
          "error_code": {
            "type": "string"
          },
          "error_msg": {
            "type": "string"
          },
          "request_id": {
            "type": "string"
          }
        }
      },
      "IamError": {
        "type": "object",
        "properties": {
          "error": {
            "type": "object",
            "properties": {
              "code": {
                "type": [
                  "integer",
                  "string"
                ]
              },
              "message": {
                "type": "string"
              },
              "title": {
                "type": "string"
              }
            }
          }
        }
      },
      "KeystoneCreateUserTokenByPasswordReq": {
        "type": "object",
        "required": [
          "auth"
        ],
        "properties": {
          "auth": {
            "type": "object",
            "required": [
              "identity"
            ],
            "properties": {
              "identity": {
                "type": "object",
                "required": [
                  "methods",
                  "password"
                ],
                "properties": {
                  "methods": {
                    "type": "array",
                    "items": {
                      "type": "string",
                      "enum": [
                        "password"
                      ]
                    }
                  },
                  "password": {
                    "type": "object",
                    "required": [
                      "user"
                    ],
                    "properties": {
                      "user": {
                        "type": "object",
                        "required": [
                          "name",
                          "password",
                          "domain"
                        ],
                        "properties": {
                          "name": {
                            "type": "string"
                          },
                          "password": {
                            "type": "string"
                          },
                          "domain": {
                            "type": "object",
                            "required": [
                              "name"
                            ],
                            "properties": {
                              "name": {
                                "type": "string"
                              }
                            }
                          }
                        }
                      }
                    }
                  }
                }
              },
              "scope": {
                "type": "object",
                "description": "Either the domain or a project.",
                "properties": {
                  "domain": {
                    "type": "object",
                    "properties": {
                      "name": {
                        "type": "string"
                      },
                      "id": {
                        "type": "string"
                      }
                    }
                  },
                  "project": {
                    "type": "object",
                    "properties": {
                      "id": {
                        "type": "string"
                      },
                      "name": {
                        "type": "string"
                      }
                    }
                  }
                }
              }
            }
          }
        }
      },
      "KeystoneCreateUserTokenResponse": {
        "type": "object",
        "properties": {
          "token": {
            "type": "object",
            "properties": {
              "expires_at": {
                "type": "string",
                "description": "When the token expires, ISO 8601 in UTC."
              },
              "issued_at": {
                "type": "string"
              }
            }
          }
        }
      }
    },
    "responses": {
      "Rejected": {
        "description": "The request was rejected before it was executed, by the parameter check or the gateway.",
        "headers": {
          "X-Request-Id": {
            "description": "The id with which the vendor's support finds the request.",
            "schema": {
              "type": "string"
            }
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
              "properties": {
                "error_code": {
                  "type": "string"
                },
                "error_msg": {
                  "type": "string"
                },
                "request_id": {
                  "type": "string"
                }
              }
            }
          }
        }
      },
      "Unauthenticated": {
        "description": "Token or signature missing, wrong or expired. Five failed signatures in a row lock the key for five minutes.\n",
        "headers": {
          "X-Request-Id": {
            "description": "The id with which the vendor's support finds the request.",
            "schema": {
              "type": "string"
            }
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
              "properties": {
                "error_code": {
                  "type": "string"
                },
                "error_msg": {
                  "type": "string"
                },
                "request_id": {
                  "type": "string"
                }
              }
            }
          }
        }
      },
      "Forbidden": {
        "description": "No permission.",
        "headers": {
          "X-Request-Id": {
            "description": "The id with which the vendor's support finds the request.",
            "schema": {
              "type": "string"
            }
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
              "properties": {
                "error_code": {
                  "type": "string"
                },
                "error_msg": {
                  "type": "string"
                },
                "request_id": {
                  "type": "string"
                }
              }
            }
          }
        }
      },
      "NotPublished": {
        "description": "The gateway has no such API at this address. A ticket that does not exist is an `error_code` with HTTP 200.",
        "headers": {
          "X-Request-Id": {
            "description": "The id with which the vendor's support finds the request.",
            "schema": {
              "type": "string"
            }
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
              "properties": {
                "error_code": {
                  "type": "string"
                },
                "error_msg": {
                  "type": "string"
                },
                "request_id": {
                  "type": "string"
                }
              }
            }
          }
        }
      },
      "Throttled": {
        "description": "The gateway's limit was reached; the request was not executed. The message may name the window\n(`policy user over ratelimit,limit:200,time:1 second`, or `1 minute`).\n",
        "headers": {
          "X-Request-Id": {
            "description": "The id with which the vendor's support finds the request.",
            "schema": {
              "type": "string"
            }
          },
          "Retry-After": {
            "description": "Seconds, or an HTTP date. No page of the vendor mentions it; clients honour it if present.",
            "schema": {
              "type": "string"
            }
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
              "properties": {
                "error_code": {
                  "type": "string"
                },
                "error_msg": {
                  "type": "string"
                },
                "request_id": {
                  "type": "string"
                }
              }
            }
          }
        }
      },
      "ServerError": {
        "description": "The server failed; a write may have been executed. The body need not be JSON.",
        "headers": {
          "X-Request-Id": {
            "description": "The id with which the vendor's support finds the request.",
            "schema": {
              "type": "string"
            }
          },
          "Retry-After": {
            "description": "Seconds, or an HTTP date. No page of the vendor mentions it; clients honour it if present.",
            "schema": {
              "type": "string"
            }
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
              "properties": {
                "error_code": {
                  "type": "string"
                },
                "error_msg": {
                  "type": "string"
                },
                "request_id": {
                  "type": "string"
                }
              }
            }
          }
        }
      },
      "OtherFailure": {
        "description": "Any other response. The body need not be JSON.",
        "headers": {
          "X-Request-Id": {
            "description": "The id with which the vendor's support finds the request.",
            "schema": {
              "type": "string"
            }
          }
        },
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "description": "The error body of the API gateway in front of the service. Its codes have the prefix `APIGW.` or `APIG.`,\nwhich mean the same. The shapes `{code, message}` and `{errorCode, errorMsg}` also occur.\n",
              "properties": {
                "error_code": {
                  "type": "string"
                },
                "error_msg": {
                  "type": "string"
                },
                "request_id": {
                  "type": "string"
                }
              }
            }
          }
        }
      },
      "IamFailure": {
        "description": "IAM rejected the request or failed.",
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {
                "error": {
                  "type": "object",
                  "properties": {
                    "code": {
                      "type": [
                        "integer",
                        "string"
                      ]
                    },
                    "message": {
                      "type": "string"
                    },
                    "title": {
                      "type": "string"
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  "x-osm-limits": {
    "associationsPerTicket": 3,
    "ticketIdMinLength": 1,
    "ticketIdMaxLength": 64,
    "relatedIdMinLength": 1,
    "relatedIdMaxLength": 32,
    "deletedRelatedIdMaxLength": 64,
    "groupIdMinLength": 1,
    "groupIdMaxLength": 64,
    "languageMinLength": 1,
    "languageMaxLength": 32,
    "timeZoneMinLength": 1,
    "timeZoneMaxLength": 32,
    "documentedTokenMinLength": 1,
    "documentedTokenMaxLength": 5000,
    "documentedErrorCodeMaxLength": 32,
    "documentedErrorMessageMaxLength": 32
  },
  "x-osm-errors": {
    "OSM.0001": {
      "message": "Failed",
      "httpStatus": 400,
      "class": "invalid-parameter",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.0002": {
      "message": "Unauthorized",
      "httpStatus": 401,
      "class": "unauthenticated",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.0003": {
      "message": "Forbidden",
      "httpStatus": 403,
      "class": "forbidden",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.0004": {
      "message": "Internal Server Error",
      "httpStatus": 500,
      "class": "transient",
      "executed": "unknown",
      "source": "Error Codes page"
    },
    "OSM.01010001": {
      "message": "Param validation fail.",
      "httpStatus": 200,
      "class": "invalid-parameter",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010002": {
      "message": "No operation permission.",
      "httpStatus": 200,
      "class": "forbidden",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010003": {
      "message": "Account and password not match.",
      "httpStatus": 200,
      "class": "unauthenticated",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010004": {
      "message": "You have asked for the order, please ask for it later.",
      "httpStatus": 200,
      "class": "throttled",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010005": {
      "message": "Upload accessory size exceeded limit today.",
      "httpStatus": 200,
      "class": "unknown",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010006": {
      "message": "Severity Id not exists.",
      "httpStatus": 200,
      "class": "invalid-parameter",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010007": {
      "message": "This tenant has no role to create a case.",
      "httpStatus": 200,
      "class": "forbidden",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010008": {
      "message": "Carbon copy email not valid.",
      "httpStatus": 200,
      "class": "invalid-parameter",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010009": {
      "message": "Can't create case because of customer benefit not match rule.",
      "httpStatus": 200,
      "class": "forbidden",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010010": {
      "message": "Verify not pass.",
      "httpStatus": 200,
      "class": "forbidden",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010011": {
      "message": "Can't get customer info from token.",
      "httpStatus": 200,
      "class": "unauthenticated",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010012": {
      "message": "The type must be 0 or 1.",
      "httpStatus": 200,
      "class": "invalid-parameter",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010013": {
      "message": "The operation must be canceled or closed or pressed or deleted.",
      "httpStatus": 200,
      "class": "invalid-parameter",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010014": {
      "message": "Operation failed.",
      "httpStatus": 200,
      "class": "transient",
      "executed": "unknown",
      "source": "Error Codes page"
    },
    "OSM.01010015": {
      "message": "This case does not exist.",
      "httpStatus": 200,
      "class": "not-found",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010016": {
      "message": "The createFeedbacktype is not valid.",
      "httpStatus": 200,
      "class": "invalid-parameter",
      "executed": "no",
      "source": "Error Codes page; message known in part"
    },
    "OSM.01010017": {
      "message": "Operation fail.",
      "httpStatus": 200,
      "class": "transient",
      "executed": "unknown",
      "source": "Error Codes page"
    },
    "OSM.01010018": {
      "message": "Auth operate type not support.",
      "httpStatus": 200,
      "class": "invalid-parameter",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010024": {
      "message": "Verify code resend too frequently.",
      "httpStatus": 200,
      "class": "throttled",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010026": {
      "message": "Get businessType fail.",
      "httpStatus": 200,
      "class": "transient",
      "executed": "unknown",
      "source": "Error Codes page; message known in part"
    },
    "OSM.01010041": {
      "message": "The same domainId labels should not be over 30.",
      "httpStatus": 200,
      "class": "invalid-parameter",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010042": {
      "message": "The same caseId labels should not be over 5.",
      "httpStatus": 200,
      "class": "invalid-parameter",
      "executed": "no",
      "source": "Error Codes page; number by its position in the table"
    },
    "OSM.01010043": {
      "message": "The same caseId relations should not be over 3.",
      "httpStatus": 200,
      "class": "limit",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010044": {
      "message": "The case can not bind itself.",
      "httpStatus": 200,
      "class": "self-association",
      "executed": "no",
      "source": "Error Codes page"
    },
    "OSM.01010050": {
      "message": "ISV tickets can only be transferred one by one.",
      "httpStatus": 200,
      "class": "invalid-parameter",
      "executed": "no",
      "source": "Error Codes page, Chinese edition"
    },
    "OSM.01010051": {
      "message": "The operator is the current handler.",
      "httpStatus": 200,
      "class": "invalid-parameter",
      "executed": "no",
      "source": "Error Codes page, Chinese edition"
    },
    "OSM.01010055": {
      "message": "The customer has no associated partner.",
      "httpStatus": 200,
      "class": "forbidden",
      "executed": "no",
      "source": "Error Codes page, Chinese edition; number by its position in the table"
    },
    "OSM.01010056": {
      "message": "The customer's partner is not in the whitelist.",
      "httpStatus": 200,
      "class": "forbidden",
      "executed": "no",
      "source": "Error Codes page, Chinese edition"
    },
    "OSM.01010057": {
      "message": "The partner does not exist.",
      "httpStatus": 200,
      "class": "invalid-parameter",
      "executed": "no",
      "source": "Error Codes page, Chinese edition"
    },
    "OSM.01010058": {
      "message": "The chosen handler does not match the customer's partner.",
      "httpStatus": 200,
      "class": "invalid-parameter",
      "executed": "no",
      "source": "Error Codes page, Chinese edition"
    },
    "OSM.01010059": {
      "message": "The customer has bought a support plan.",
      "httpStatus": 200,
      "class": "forbidden",
      "executed": "no",
      "source": "Error Codes page, Chinese edition"
    },
    "OSM.01010061": {
      "message": "The partner cannot handle this ticket.",
      "httpStatus": 200,
      "class": "forbidden",
      "executed": "no",
      "source": "Error Codes page, Chinese edition; number by its position in the table"
    },
    "OSM.01010062": {
      "message": "The workflow node does not exist.",
      "httpStatus": 200,
      "class": "invalid-parameter",
      "executed": "no",
      "source": "Error Codes page, Chinese edition"
    },
    "APIGW.0101": {
      "message": "The API does not exist or has not been published.",
      "httpStatus": 404,
      "class": "unknown",
      "executed": "no",
      "source": "API signing guide, error codes of the gateway"
    },
    "APIGW.0103": {
      "message": "The backend does not exist.",
      "httpStatus": 404,
      "class": "unknown",
      "executed": "no",
      "source": "API signing guide, error codes of the gateway"
    },
    "APIGW.0104": {
      "message": "The plug-ins are not found.",
      "httpStatus": 400,
      "class": "unknown",
      "executed": "no",
      "source": "API signing guide, error codes of the gateway"
    },
    "APIGW.0105": {
      "message": "The backend configurations are not found.",
      "httpStatus": 400,
      "class": "unknown",
      "executed": "no",
      "source": "API signing guide, error codes of the gateway"
    },
    "APIGW.0106": {
      "message": "Orchestration error.",
      "httpStatus": 400,
      "class": "unknown",
      "executed": "no",
      "source": "API signing guide, error codes of the gateway"
    },
    "APIGW.0201": {
      "message": "API request error.",
      "httpStatus": 400,
      "class": "invalid-parameter",
      "executed": "no",
      "source": "API signing guide, error codes of the gateway; comes with several statuses"
    },
    "APIGW.0301": {
      "message": "Incorrect IAM authentication information.",
      "httpStatus": 401,
      "class": "unauthenticated",
      "executed": "no",
      "source": "API signing guide, error codes of the gateway"
    },
    "APIGW.0303": {
      "message": "Incorrect app authentication information.",
      "httpStatus": 401,
      "class": "unauthenticated",
      "executed": "no",
      "source": "API signing guide, error codes of the gateway"
    },
    "APIGW.0304": {
      "message": "The app is not authorized to access the API.",
      "httpStatus": 403,
      "class": "forbidden",
      "executed": "no",
      "source": "API signing guide, error codes of the gateway"
    },
    "APIGW.0307": {
      "message": "The token must be updated.",
      "httpStatus": 401,
      "class": "unauthenticated",
      "executed": "no",
      "source": "API signing guide, error codes of the gateway"
    },
    "APIGW.0308": {
      "message": "The throttling threshold has been reached.",
      "httpStatus": 429,
      "class": "throttled",
      "executed": "no",
      "source": "API signing guide, error codes of the gateway"
    }
  }
};
