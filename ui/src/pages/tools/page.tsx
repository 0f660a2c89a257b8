import { useLocation } from 'wouter';
import { parseToolId } from './tool-id.ts';
import { ToolPage } from './tool-page.tsx';
import { ToolTable } from './tool-table.tsx';

const prefix = '/ui/tools/';

export function Page() {
  // The router's own path is decoded, and names of tools may have slashes.
  useLocation();
  const { pathname } = window.location;
  const id = pathname.startsWith(prefix) ? pathname.slice(prefix.length) : '';
  return id === '' ? <ToolTable /> : <ToolPage key={id} name={parseToolId(id)} />;
}
