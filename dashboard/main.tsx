/** Where the page begins: it strips the token from the address, connects, and draws. */
import { render } from 'preact';
import './style/tokens.css';
import './style/shell.css';
import './style/nodes.css';
import './style/store.css';
import './style/keys.css';
import './style/reconcile.css';
import './style/request.css';
import './style/lessons.css';
import { Session } from './live/session.ts';
import { Page } from './views/page.tsx';

// The token has been exchanged for a cookie; nobody who looks over a shoulder, or at the history, should find it.
if (location.search !== '') history.replaceState(null, '', `/${location.hash}`);

const session = new Session();
session.connect();
const place = document.getElementById('page');
if (place !== null) render(<Page session={session} />, place);
