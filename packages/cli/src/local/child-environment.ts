const OWN_SETTINGS = /^(?:CASELINK|HUAWEICLOUD|TEMPORAL|AWS)_/i;

/**
 * The environment for a program that knows nothing of caselink: without credentials, and without the TEMPORAL_ variables
 * that would change what the Temporal CLI does.
 */
export function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OWN_SETTINGS.test(name)));
}
