// Public API of `@caselink/workflows/predict`: predicts the outcomes of a batch. Loads nothing of Temporal.
export { forecastTicket, readForForecast, type Forecast, type Reading, type Refusal } from "./chunk/predict-ticket.ts";
