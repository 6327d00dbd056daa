/** The files that the compared command lines read. `NS` stands for the namespace of whoever runs them. */

export const files: Readonly<Record<string, string>> = {
  'config-map.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  labels: {app: web}
data:
  color: blue
  lines: |
    one
    two
`,
  'config-map-2.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  labels: {app: web, tier: front}
data:
  color: green
`,
  'deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: applied
  labels: {app: applied}
spec:
  replicas: 1
  selector: {matchLabels: {app: applied}}
  template:
    metadata: {labels: {app: applied}}
    spec:
      containers:
      - name: main
        image: nginx:1.27
        env: [{name: A, value: "1"}, {name: B, value: "2"}]
        ports: [{containerPort: 80, name: http}]
`,
  'deployment-2.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: applied
  labels: {app: applied}
spec:
  replicas: 2
  selector: {matchLabels: {app: applied}}
  template:
    metadata: {labels: {app: applied}}
    spec:
      containers:
      - name: main
        image: nginx:1.28
        env: [{name: B, value: "3"}]
      - name: side
        image: busybox
`,
  'two.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: first}
---
# a comment alone
---
apiVersion: v1
kind: Service
metadata: {name: front}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080, name: http}, {port: 443, targetPort: https, name: https}]
`,
  'list.yaml': `apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: of-a-list-1}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: of-a-list-2}}
`,
  'pod.yaml': `apiVersion: v1
kind: Pod
metadata:
  name: full
  labels: {app: full, tier: back}
  annotations: {note: hello}
spec:
  terminationGracePeriodSeconds: 0
  nodeSelector: {kubernetes.io/os: linux}
  tolerations: [{key: spare, operator: Exists, effect: NoSchedule}, {key: a, value: b, effect: NoExecute, tolerationSeconds: 30}]
  initContainers:
  - {name: prepare, image: busybox, command: [sh, -c, exit 0]}
  containers:
  - name: main
    image: nginx:1.27
    args: ["--one", "--two"]
    ports: [{containerPort: 80, name: http}, {containerPort: 53, protocol: UDP}]
    resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 500m, memory: 128Mi}}
    livenessProbe: {httpGet: {path: /healthz, port: http}, initialDelaySeconds: 5}
    readinessProbe: {tcpSocket: {port: 80}}
    env:
    - {name: PLAIN, value: text}
    - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
    - {name: LIMIT, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
    - {name: SECRET, valueFrom: {secretKeyRef: {name: hidden, key: p, optional: true}}}
    - {name: COLOR, valueFrom: {configMapKeyRef: {name: settings, key: color, optional: true}}}
    envFrom: [{configMapRef: {name: settings, optional: true}, prefix: X_}]
    volumeMounts: [{name: scratch, mountPath: /scratch}, {name: conf, mountPath: /conf, readOnly: true, subPath: color}]
  - {name: side, image: busybox, command: ["sleep", "1000"]}
  volumes:
  - {name: scratch, emptyDir: {}}
  - {name: conf, configMap: {name: settings, optional: true}}
  - {name: host, hostPath: {path: /tmp}}
  - {name: sec, secret: {secretName: hidden, optional: true}}
  - {name: info, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
`,
  'kinds.yaml': `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: applied}, ports: [{port: 80, name: http}], type: NodePort}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, annotations: {a: b}}
spec:
  tls: [{hosts: [web.example], secretName: cert}]
  rules:
  - host: web.example
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}, {path: /none, pathType: Exact, backend: {service: {name: absent, port: {name: x}}}}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{podSelector: {matchLabels: {role: client}}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]
    ports: [{port: 80}, {port: 8000, endPort: 9000, protocol: TCP}]
  - {}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota}
spec: {hard: {configmaps: "50", secrets: "50"}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: limits}
spec: {limits: [{type: Container, max: {memory: 256Mi}, min: {memory: 4Mi}}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: budget}
spec: {minAvailable: 50%, selector: {matchLabels: {app: none}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "0 3 * * *"
  suspend: true
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [date]}]}}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec: {backoffLimit: 1, template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sh, -c, echo done]}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store}
spec:
  serviceName: store
  replicas: 1
  selector: {matchLabels: {app: store}}
  template: {metadata: {labels: {app: store}}, spec: {containers: [{name: c, image: redis}]}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template: {metadata: {labels: {app: agent}}, spec: {containers: [{name: c, image: agent}]}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: scaler}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: applied}
  minReplicas: 1
  maxReplicas: 3
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], storageClassName: none-such, resources: {requests: {storage: 1Gi}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [pods, pods/log], verbs: [get, list]}, {apiGroups: [apps], resources: [deployments], resourceNames: [a, b], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: User, name: anna, apiGroup: rbac.authorization.k8s.io}, {kind: ServiceAccount, name: robot, namespace: NS}]
`,
  'cluster.yaml': `apiVersion: v1
kind: PersistentVolume
metadata: {name: NS-volume}
spec: {capacity: {storage: 5Gi}, accessModes: [ReadWriteOnce, ReadOnlyMany], persistentVolumeReclaimPolicy: Retain, storageClassName: slow, hostPath: {path: /data}}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: NS-class}
provisioner: example.com/none
parameters: {a: b, c: d}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: NS-priority}
value: 7
description: of little weight
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: NS-ingress}
spec: {controller: example.com/none}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: NS-role}
rules: [{nonResourceURLs: [/healthz], verbs: [get]}, {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
`,
  'octal.yaml': `apiVersion: v1
kind: Pod
metadata: {name: octal}
spec:
  containers: [{name: c, image: a}]
  volumes: [{name: v, secret: {secretName: s, defaultMode: 0400}}, {name: w, configMap: {name: c, defaultMode: 0x1ff}}]
`,
  'words.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: words
  annotations: {long: "a very long line of words that goes on and on, well beyond the eighty columns at which a YAML writer breaks it"}
data:
  yes: "yes"
  number: "0123"
  float: "1e3"
  date: "2026-01-02"
  empty: ""
  colon: "a: b"
  hash: "a #b"
  quote: "it's"
  both: "say \\"it's\\""
  tab: "a\\tb"
  trail: "ends "
  multi: |
    first

    third
  keep: |+
    kept

  strip: |-
    stripped
  unicode: "grüße 你好"
  smile: "\\U0001F600"
  tilde: "~"
  star: "*x"
  dash: "- x"
  base60: "12:30:45"
  a10: x
  a2: x
  a1: x
`,
  'unknown-field.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd}\ncolour: blue\ndata: {a: b}\n',
  'unknown-kind.yaml': 'apiVersion: v1\nkind: Pood\nmetadata: {name: a}\n',
  'no-kind.yaml': 'apiVersion: v1\nmetadata: {name: a}\n',
  'no-version.yaml': 'kind: ConfigMap\nmetadata: {name: a}\n',
  'no-name.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n',
  'invalid.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: Bad_Name}\nspec: {containers: []}\n',
  'other-namespace.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: elsewhere}\n',
  'malformed-1.yaml': 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n spec: {}\n',
  'malformed-2.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a: b\n',
  'malformed-3.yaml': 'apiVersion: v1\nkind: ConfigMap\ndata:\n\ta: b\n',
  'malformed-4.yaml': 'a: "unclosed\n',
  'malformed-5.yaml': 'apiVersion: v1\nkind: ConfigMap\ndata: [a, b\n',
  'malformed-1.json': '{"apiVersion": "v1",\n "kind": "Pod",,}\n',
  'malformed-2.json': '{"apiVersion": "v1"\n',
  'empty.yaml': '\n',
  'list-of-words.yaml': '- a\n- b\n',
  'patch.yaml': 'spec:\n  template:\n    spec:\n      containers:\n      - name: main\n        image: nginx:1.29\n',
  'rbac-1.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {namespace: NS, name: kept, labels: {a: b}}
rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {namespace: NS, name: kept}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}, {kind: ServiceAccount, name: a, namespace: x}]
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: kept}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: kept-NS}
rules: [{nonResourceURLs: [/healthz], verbs: [get]}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: passed-over}
`,
  'rbac-2.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {namespace: NS, name: kept, labels: {c: d}}
rules: [{apiGroups: ["", apps], resources: [pods, deployments], verbs: [list, watch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {namespace: NS, name: kept}
subjects: [{kind: Group, name: all, apiGroup: rbac.authorization.k8s.io}]
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: kept-NS}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {x: "y"}}]}
rules: []
`,
  'env-file': '# comment\nA=1\nB=two words\n\nC=\n',
  binary: '\u0000\u0001text',
  columns: 'NAME KIND\n.metadata.name .kind\n',
  'template.txt': '{{range .items}}{{.metadata.name}}{{"\\n"}}{{end}}',
  'paths.txt': '{range .items[*]}{.metadata.name}{"\\n"}{end}',
  'request.yaml': `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: NS-request}
spec:
  signerName: example.com/nobody
  usages: [client auth]
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlITk1IUUNBUUF3RWpFUU1BNEdBMVVFQXd3SGMyOXRaVzl1WlRCWk1CTUdCeXFHU000OUFnRUdDQ3FHU000OQpBd0VIQTBJQUJNT1NaOGcxR2ZLb2lkLzBHVHpGOEM0bGRsN28yYkZMbTJEek9jdWhDRjl0ZUxaaGJRNmxoc1krCjJoRGx1TjVBMUpkeWlKZXFiV0QwMUZpVWd2K2NqMUdnQURBS0JnZ3Foa2pPUFFRREFnTkpBREJHQWlFQTFaRHgKTFhFL1RWZHBtWVVyMlExUzRlK2p5dC9Gc29JZytnNE1hcXJnSE5NQ0lRQ21ORGdCSHNvcEhLUWc2UzR5SnZQRQoxdlhLQXY1ellKQUYrMndPcTEzWmVBPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==
`,
  'container.yaml': 'env: [{name: CUSTOM, value: "1"}]\nsecurityContext: {runAsUser: 0}\n',
  // Plugins; what is in this folder is executable, but for what says otherwise.
  'bin/kubectl-hello': '#!/bin/sh\necho "hello $*"\nexit 3\n',
  'bin/kubectl-hello_world': '#!/bin/sh\necho "hello, world: $*" >&2\n',
  'bin/kubectl-create-hello': '#!/bin/sh\necho "created by a plugin: $*"\n',
  'bin/kubectl-not-executable': '#!/bin/sh\n',
};
