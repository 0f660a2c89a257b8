export {
  ExactNumber,
  isJsonObject,
  type JsonObject,
  JsonTextError,
  type JsonValue,
  joinObjects,
  parseJson,
  stringifyJson,
} from '../lib/json/json-text.ts';
