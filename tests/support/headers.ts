/** The headers of answers, of which the SDK tells nothing. */

type Listened = { middlewareStack: { add(middleware: never, options: never): void } };

/** @returns what gives the headers of the client's last answer */
export function listen(client: Listened): () => Record<string, string> {
  let headers: Record<string, string> = {};
  const middleware = (next: (args: unknown) => Promise<{ response: { headers: Record<string, string> } }>) => {
    return async (args: unknown) => {
      const result = await next(args);
      headers = result.response.headers;
      return result;
    };
  };
  client.middlewareStack.add(middleware as never, { step: 'deserialize', priority: 'low' } as never);
  return () => headers;
}
