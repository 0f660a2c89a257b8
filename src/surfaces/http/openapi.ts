import { z } from 'zod';
import { apiErrorSchema } from './api-error.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';
import { openPaths } from './health.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** The dialect that JSON Schemas of OpenAPI 3.1 have anyway is not repeated in each. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _, ...members } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return members;
}

const json = (schema: JsonObject): JsonObject => ({ 'application/json': { schema } });

const errorAnswer: JsonObject = {
  description: 'Refused or failed; `code` is for programs, `message` for people.',
  content: json({ $ref: '#/components/schemas/Error' }),
};

function parameters(route: ApiRoute): readonly JsonObject[] {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(route.query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema: jsonSchema(schema as z.ZodType, 'input'),
  }));
  return [...inPath, ...inQuery];
}

function operation(route: ApiRoute): JsonObject {
  const answers = Object.entries(route.answers).map(([status, { description, schema, contentType }]) => {
    if (schema !== undefined) return [status, { description, content: json(jsonSchema(schema, 'output')) }];
    if (contentType !== undefined) return [status, { description, content: { [contentType]: { schema: { type: 'string' } } } }];
    return [status, { ...errorAnswer, description }];
  });
  const all = parameters(route);
  return {
    operationId: route.id,
    summary: route.summary,
    ...(all.length === 0 ? {} : { parameters: all }),
    ...(route.body === undefined ? {} : { requestBody: { required: false, content: json(jsonSchema(route.body, 'input')) } }),
    responses: { ...Object.fromEntries(answers), default: errorAnswer },
    ...(openPaths.has(route.path) ? { security: [] } : {}),
  };
}

/** OpenAPI 3.1 document of the routes, made from the tables that serve them. */
export function openApiDocument(routes: readonly ApiRoute[], version: string): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'meshscope',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description: "Our own API. Logs are sent and searched through Elasticsearch's API at the root of the same port.",
    },
    servers: [{ url: '/' }],
    // Credentials are needed only where http.username is set.
    security: [{}, { basic: [] }],
    paths,
    components: {
      securitySchemes: { basic: { type: 'http', scheme: 'basic' } },
      schemas: { Error: jsonSchema(apiErrorSchema, 'output') },
    },
  };
}

/** `/api/openapi.json`, which describes `routes` and itself. Made when it is first asked for: hardly a start needs it. */
export function openApiRoute(routes: readonly ApiRoute[], version: string): ApiRoute {
  let document: JsonObject | undefined;
  const route: ApiRoute = apiRoute('GET', '/api/openapi.json', {
    id: 'openapi',
    summary: 'This document.',
    answers: { 200: { description: 'OpenAPI 3.1.', schema: z.looseObject({ openapi: z.string(), paths: z.looseObject({}) }) } },
    handle: () => {
      document ??= openApiDocument([...routes, route], version);
      return { json: document };
    },
  });
  return route;
}
