/**
 * The X.509 library, made ready. Import this file dynamically and nothing of the library elsewhere: it takes tens of
 * milliseconds to load and is needed only where a certificate is made. Its decorators need `Reflect.metadata` first.
 */
import { webcrypto } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

export { x509 };
