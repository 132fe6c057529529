import { CLUSTER_SCENARIOS } from "./cluster-scenarios.ts";
import { testScenarios } from "./test-scenarios.ts";

testScenarios(CLUSTER_SCENARIOS);
