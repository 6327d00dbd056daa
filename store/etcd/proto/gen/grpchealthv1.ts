/** Package grpc.health.v1, generated from ../grpchealthv1.proto by build/protobuf.mjs. Do not edit. */
import type { Codec, Reader, Writer } from '../wire.ts';

/** A number where the sender knows a value that this program does not. */
export type HealthCheckResponseServingStatus = 'unknown' | 'serving' | 'notServing' | 'serviceUnknown' | number;
const namesHealthCheckResponseServingStatus = ['unknown', 'serving', 'notServing', 'serviceUnknown'] as const;
function readHealthCheckResponseServingStatus(r: Reader): HealthCheckResponseServingStatus {
  const value = r.int32();
  return namesHealthCheckResponseServingStatus[value] ?? value;
}
function writeHealthCheckResponseServingStatus(w: Writer, value: HealthCheckResponseServingStatus): void {
  w.int32(typeof value === 'number' ? value : namesHealthCheckResponseServingStatus.indexOf(value));
}

export interface HealthCheckRequest {
  readonly service: string;
}
/** Every field at its default. */
export const emptyHealthCheckRequest: HealthCheckRequest = { service: '' };
function writeHealthCheckRequest(w: Writer, m: HealthCheckRequest): void {
  if (m.service !== '') {
    w.string(m.service);
    w.tag(10);
  }
}
function readHealthCheckRequest(r: Reader, end: number, into?: HealthCheckRequest): HealthCheckRequest {
  let service: string = into === undefined ? '' : into.service;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        service = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  return { service };
}
export const healthCheckRequestCodec: Codec<HealthCheckRequest> = {
  write: writeHealthCheckRequest,
  read: readHealthCheckRequest,
  fields: [{ name: 'service', property: 'service', kind: 'string' }],
};

export interface HealthCheckResponse {
  readonly status: HealthCheckResponseServingStatus;
}
/** Every field at its default. */
export const emptyHealthCheckResponse: HealthCheckResponse = { status: 'unknown' };
function writeHealthCheckResponse(w: Writer, m: HealthCheckResponse): void {
  if (m.status !== 'unknown') {
    writeHealthCheckResponseServingStatus(w, m.status);
    w.tag(8);
  }
}
function readHealthCheckResponse(r: Reader, end: number, into?: HealthCheckResponse): HealthCheckResponse {
  let status: HealthCheckResponseServingStatus = into === undefined ? 'unknown' : into.status;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        status = readHealthCheckResponseServingStatus(r);
        break;
      default:
        r.skip(tag);
    }
  }
  return { status };
}
export const healthCheckResponseCodec: Codec<HealthCheckResponse> = {
  write: writeHealthCheckResponse,
  read: readHealthCheckResponse,
  fields: [
    {
      name: 'status',
      property: 'status',
      kind: 'enum',
      values: [
        ['UNKNOWN', 'unknown'],
        ['SERVING', 'serving'],
        ['NOT_SERVING', 'notServing'],
        ['SERVICE_UNKNOWN', 'serviceUnknown'],
      ],
    },
  ],
};

export const healthService = {
  check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    request: healthCheckRequestCodec,
    response: healthCheckResponseCodec,
  },
  watch: {
    path: '/grpc.health.v1.Health/Watch',
    requestStream: false,
    responseStream: true,
    request: healthCheckRequestCodec,
    response: healthCheckResponseCodec,
  },
} as const;
