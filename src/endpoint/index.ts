/** @file Models behind servers that speak OpenAI's protocol: `openai:MODEL@URL`. */
export {
  type Endpoint,
  type EndpointOptions,
  type EndpointScores,
  openEndpoint,
} from "./endpoint.ts";
export { type EndpointName, endpointPrefix, parseEndpointName } from "./endpoint-name.ts";
