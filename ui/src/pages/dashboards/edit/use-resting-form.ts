import { useEffect, useRef, useState } from 'react';

/** How long typing must rest before what was typed counts, in milliseconds. */
const restMillis = 350;

/** A copy to type in, which is given to `onChange` when typing rests. What changes `value` from elsewhere (undo, dragging) wins. */
export function useRestingForm<Value>(value: Value, onChange: (value: Value) => void): readonly [Value, (value: Value) => void] {
  const [form, setForm] = useState(value);
  const latest = useRef({ value, onChange });
  latest.current = { value, onChange };
  const outside = JSON.stringify(value);
  const sent = useRef(outside);
  useEffect(() => {
    if (outside === sent.current) return;
    sent.current = outside;
    setForm(latest.current.value);
  }, [outside]);
  useEffect(() => {
    const text = JSON.stringify(form);
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      latest.current.onChange(form);
    }, restMillis);
    return () => clearTimeout(timer);
  }, [form]);
  return [form, setForm];
}
