/** `proxy --www`: files of one directory, and what a directory holds where it has no `index.html`. */
import fs from 'node:fs';
import type http from 'node:http';
import path from 'node:path';
import { plain } from './server.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** @param folder what paths are relative to: they are clean, and so never leave it */
export function filesOf(folder: string): (file: string, response: http.ServerResponse) => void {
  return (file, response) => {
    const full = path.join(folder, file);
    const stat = fs.statSync(full, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true && !file.endsWith('/')) {
      // Relative, so that no path can be taken for the name of a server.
      response.setHeader('location', `${encodeURIComponent(path.basename(file))}/`);
      return plain(response, 301, 'Moved Permanently');
    }
    const index = path.join(full, 'index.html');
    if (stat?.isDirectory() === true) return fs.existsSync(index) ? send(index, response) : list(full, response);
    if (stat?.isFile() === true && !file.endsWith('/')) return send(full, response);
    plain(response, 404, '404 page not found');
  };
}

function send(file: string, response: http.ServerResponse): void {
  const stream = fs.createReadStream(file);
  stream.on('open', () => {
    response.writeHead(200, { 'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream' });
    stream.pipe(response);
  });
  stream.on('error', () => (response.headersSent ? response.destroy() : plain(response, 403, '403 Forbidden')));
}

function list(folder: string, response: http.ServerResponse): void {
  const names = fs
    .readdirSync(folder, { withFileTypes: true })
    .map((each) => each.name + (each.isDirectory() ? '/' : ''));
  const lines = names.sort().map((name) => {
    const shown = name.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
    return `<a href="./${encodeURI(name).replace(/[?#]/g, encodeURIComponent)}">${shown}</a>\n`;
  });
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html>\n<pre>\n${lines.join('')}</pre>\n`);
}
