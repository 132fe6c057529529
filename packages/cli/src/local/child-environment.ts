const OWN_SETTINGS = /^(?:CASELINK|HUAWEICLOUD|TEMPORAL|AWS)_/i;

/**
 * The environment for other programs: without credentials, and without the TEMPORAL_ variables, which would change the
 * behaviour of the Temporal CLI.
 */
export function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OWN_SETTINGS.test(name)));
}
