// Public API of `@caselink/workflows/predict`: what a batch would come to. Loads nothing of Temporal.
export { forecastTicket, readForForecast, type Forecast, type Reading, type Refusal } from "./chunk/predict-ticket.ts";
