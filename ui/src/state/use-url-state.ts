import { useCallback } from 'react';
import { useSearchParams } from 'wouter';

export type SetOptions = Readonly<{
  /** Without an entry in the browser's history: for what one would not go back to, such as each letter typed. */
  replace?: boolean;
}>;

/**
 * One value of the state of the page, kept in the URL, so that a link shows the same to a colleague. The fallback is not written. Names in use by the frame:
 * `from` `to` `refresh` `tz` `q` `lang` `d`; pages choose others.
 */
export function useUrlState(name: string, fallback = ''): readonly [string, (value: string, options?: SetOptions) => void] {
  const [parameters, setParameters] = useSearchParams();
  const set = useCallback(
    (value: string, options: SetOptions = {}) =>
      setParameters(
        (before) => {
          const after = new URLSearchParams(before);
          if (value === fallback) after.delete(name);
          else after.set(name, value);
          return after;
        },
        { replace: options.replace ?? false },
      ),
    [setParameters, name, fallback],
  );
  return [parameters.get(name) ?? fallback, set];
}

/** All values of a name that may stand in the URL several times. */
export function useUrlValues(name: string): readonly [readonly string[], (values: readonly string[]) => void] {
  const [parameters, setParameters] = useSearchParams();
  const set = useCallback(
    (values: readonly string[]) =>
      setParameters((before) => {
        const after = new URLSearchParams(before);
        after.delete(name);
        for (const value of values) after.append(name, value);
        return after;
      }),
    [setParameters, name],
  );
  return [parameters.getAll(name).filter((value) => value !== ''), set];
}

/** Several values at once, as one step of the history. `undefined` removes a value. */
export function useSetUrlState(): (values: Readonly<Record<string, string | undefined>>, options?: SetOptions) => void {
  const [, setParameters] = useSearchParams();
  return useCallback(
    (values, options = {}) =>
      setParameters(
        (before) => {
          const after = new URLSearchParams(before);
          for (const [name, value] of Object.entries(values)) {
            if (value === undefined || value === '') after.delete(name);
            else after.set(name, value);
          }
          return after;
        },
        { replace: options.replace ?? false },
      ),
    [setParameters],
  );
}
