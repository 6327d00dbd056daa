/** Volume attachments: which volume is to be at which node, and whether it is. */
import { deepEqual } from '../../../base/deep-equal.ts';
import type { V1Volume, V1VolumeAttachment, V1VolumeError } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { setResourceListDefaults } from '../core/container-defaults.ts';
import { checkPersistentVolumeSpec } from '../core/persistent-volume-spec.ts';
import { setNetworkVolumeDefaults } from '../core/volume-defaults.ts';
import { defineRow, type Filled, keepField, keepMetadata, statusPart } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, booleanColumn, fieldDoc, nameColumn, textColumn } from '../table/columns.ts';
import { checkSubdomain, IMMUTABLE, rangeComplaint } from '../validation/formats.ts';
import { internalForm } from '../validation/internal-form.ts';
import { checkCsiDriverName } from '../validation/volume-sources.ts';
import { bytesOf } from './parameters.ts';

type Attachment = Filled<V1VolumeAttachment>;

const MODEL = 'V1VolumeAttachment';
const METADATA_BYTES_MAX = 256 * 1024;
const MESSAGE_BYTES_MAX = 1024;
const ERROR_CODE_MAX = 2 ** 31 - 1;

function validate({ spec, status }: Attachment, errors: FieldErrors): void {
  checkCsiDriverName(spec.attacher, 'spec.attacher', errors);
  validateSource(spec.source, 'spec.source', errors);
  checkSubdomain(spec.nodeName, 'spec.nodeName', errors);
  if (bytesOf(Object.entries(status.attachmentMetadata ?? {})) > METADATA_BYTES_MAX) {
    errors.tooLong('status.attachmentMetadata', METADATA_BYTES_MAX);
  }
  validateError(status.attachError, 'status.attachError', errors);
  validateError(status.detachError, 'status.detachError', errors);
  const name = spec.source.persistentVolumeName;
  if (name !== undefined) checkSubdomain(name, 'spec.source.persistentVolumeName', errors);
}

function validateSource(source: Attachment['spec']['source'], path: string, errors: FieldErrors): void {
  const { inlineVolumeSpec, persistentVolumeName } = source;
  const message = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (inlineVolumeSpec !== undefined && persistentVolumeName !== undefined) errors.forbidden(path, message);
  else if (inlineVolumeSpec !== undefined) {
    checkPersistentVolumeSpec(inlineVolumeSpec, `${path}.inlineVolumeSpec`, errors, { name: '', inline: true });
  } else if (persistentVolumeName === undefined) errors.required(path, message);
  else if (persistentVolumeName === '') {
    errors.required(`${path}.persistentVolumeName`, 'must specify non empty persistentVolumeName');
  }
}

function validateError(error: V1VolumeError | undefined, path: string, errors: FieldErrors): void {
  if (error === undefined) return;
  // The bound that upstream names is another one than it checks.
  if (Buffer.byteLength(error.message ?? '') > MESSAGE_BYTES_MAX) errors.tooLong(`${path}.message`, METADATA_BYTES_MAX);
  const { errorCode } = error;
  if (errorCode !== undefined && errorCode < 0) {
    errors.invalid(`${path}.errorCode`, errorCode, rangeComplaint(0, ERROR_CODE_MAX));
  }
}

function validateUpdate(attachment: Attachment, old: Attachment, errors: FieldErrors): void {
  validate(attachment, errors);
  if (deepEqual(attachment.spec, old.spec)) return;
  errors.invalid('spec', internalForm('VolumeAttachmentSpec', attachment.spec), IMMUTABLE);
}

function setDefaults({ spec }: Attachment): void {
  const volume = spec.source.inlineVolumeSpec;
  if (volume === undefined) return;
  if (volume.hostPath !== undefined) volume.hostPath.type ??= '';
  setNetworkVolumeDefaults(volume as unknown as V1Volume);
  setResourceListDefaults(volume.capacity);
}

export const volumeAttachmentRow = defineRow<V1VolumeAttachment>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  namespaced: false,
  model: MODEL,
  allowUnconditionalUpdate: false,
  returnsDeletedObject: true,
  strategy: {
    defaults: setDefaults,
    prepareForCreate(attachment) {
      attachment.status = { attached: false };
    },
    prepareForUpdate: (attachment, old) => keepField(attachment, old, 'status'),
    validate,
    metaOnUpdate: ['content'],
    validateUpdate,
  },
  table: {
    columns: [
      nameColumn,
      { ...textColumn('Attacher', fieldDoc('V1VolumeAttachmentSpec.attacher')), format: 'name' },
      textColumn('PV', fieldDoc('V1VolumeAttachmentSource.persistentVolumeName')),
      textColumn('Node', fieldDoc('V1VolumeAttachmentSpec.nodeName')),
      booleanColumn('Attached', fieldDoc('V1VolumeAttachmentStatus.attached')),
      ageColumn,
    ],
    cells(attachment, nowMs) {
      const { spec, status } = attachment;
      return [
        nameOf(attachment),
        spec.attacher,
        spec.source.persistentVolumeName ?? '',
        spec.nodeName,
        status.attached,
        ageOf(attachment, nowMs),
      ];
    },
  },
  subresources: {
    status: statusPart<V1VolumeAttachment>(MODEL, {
      defaults: setDefaults,
      resetFields: ['metadata', 'spec'],
      prepareForUpdate: keepMetadata,
      metaOnUpdate: ['content'],
      validateUpdate,
    }),
  },
});
