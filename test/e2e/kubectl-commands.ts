/**
 * The command lines of the kubectl matrix: every verb that needs no real container, in an order in which each finds what
 * the ones before it made. `expect` is matched against standard output and error together.
 */

export interface CommandLine {
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly exit?: number;
  readonly expect: RegExp;
  /** The least minor version of kubectl that has it. */
  readonly since?: number;
}

const line = (text: string, expect: RegExp, more: Partial<CommandLine> = {}): CommandLine => ({
  args: words(text),
  expect,
  ...more,
});

/** Splits at spaces; single quotes hold together. */
function words(text: string): string[] {
  return (text.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replace(/'([^']*)'/g, '$1'));
}

const configMap = `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  color: blue
`;

const two = `${configMap}---
apiVersion: v1
kind: Service
metadata:
  name: front
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
`;

const pod = (name: string): string => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels: {app: single}
spec:
  containers:
  - name: main
    image: nginx:1.27
`;

export const commandLines: readonly CommandLine[] = [
  line('version', /Server Version: .*v1\.\d+/),
  line('cluster-info', /Kubernetes control plane.* is running at/),
  line('api-versions', /^apps\/v1$/m),
  line('api-resources', /^deployments +deploy +apps\/v1 +true +Deployment$/m),
  line('api-resources --namespaced=false -o name', /^nodes$/m),
  line('config view', /kind: Config/),
  line('config current-context', /@/),
  line('auth can-i create pods', /^yes/m),
  line('auth can-i create pods --as=nobody', /^no/m, { exit: 1 }),
  line('auth whoami', /kubernetes-admin/, { since: 28 }),
  line('get nodes', /^node-1 +Ready +<none> +\S+ +v1\.\d+/m),
  line('get nodes -o wide', /CONTAINER-RUNTIME/),
  line('get nodes -o name', /^node\/node-1$/m),
  line("get nodes -o 'jsonpath={.items[*].metadata.name}'", /node-1 node-2 node-3/),
  line("get nodes -o 'go-template={{range .items}}{{.metadata.name}};{{end}}'", /node-1;node-2;node-3;/),
  line(
    "get nodes -o 'custom-columns=NAME:.metadata.name,OS:.status.nodeInfo.operatingSystem'",
    /NAME +OS\nnode-1 +linux/,
  ),
  line('describe node node-1', /Allocated resources:/),
  line('explain deployment.spec.strategy', /rollingUpdate/),
  line('explain pods --recursive', /containers/),
  line('create configmap plain --from-literal=a=b', /configmap\/plain created/),
  line('create secret generic hidden --from-literal=p=q', /secret\/hidden created/),
  line('create serviceaccount robot', /serviceaccount\/robot created/),
  line('create token robot', /^ey[\w-]+\.[\w-]+\.[\w-]+/m),
  line('create role reader --verb=get,list --resource=pods', /role\.rbac\.authorization\.k8s\.io\/reader created/),
  line(
    'create rolebinding reads --role=reader --serviceaccount=$NS:robot',
    /rolebinding\.rbac\.authorization\.k8s\.io\/reads created/,
  ),
  line('auth can-i list pods --as=system:serviceaccount:$NS:robot', /^yes/m),
  line('auth can-i delete pods --as=system:serviceaccount:$NS:robot', /^no/m, { exit: 1 }),
  line('create -f -', /configmap\/settings created\nservice\/front created/, { stdin: two }),
  line('create -f -', /AlreadyExists/, { stdin: configMap, exit: 1 }),
  line('get configmap settings -o yaml', /color: blue/),
  line('get configmap settings -o json', /"color": "blue"/),
  line('diff -f -', /\+ {2}color: red/, { stdin: configMap.replace('blue', 'red'), exit: 1 }),
  line('apply -f -', /configmap\/settings configured/, { stdin: configMap.replace('blue', 'red') }),
  line('apply -f -', /configmap\/settings unchanged/, { stdin: configMap.replace('blue', 'red') }),
  line('apply --server-side --force-conflicts -f -', /configmap\/settings serverside-applied/, {
    stdin: configMap.replace('blue', 'green'),
  }),
  line('apply --dry-run=server -f -', /configmap\/settings .*\(server dry run\)/, {
    stdin: configMap.replace('blue', 'white'),
  }),
  line('patch configmap settings --type=merge -p \'{"data":{"size":"l"}}\'', /configmap\/settings patched/),
  line(
    'patch configmap settings --type=json -p \'[{"op":"remove","path":"/data/size"}]\'',
    /configmap\/settings patched/,
  ),
  line('replace -f -', /configmap\/settings replaced/, { stdin: configMap.replace('blue', 'grey') }),
  line('label configmap settings tier=front', /configmap\/settings labeled/),
  line('label configmap settings tier-', /configmap\/settings unlabeled/),
  line('annotate configmap settings note=hello', /configmap\/settings annotated?/),
  line('get configmaps -l tier=none', /No resources found/),
  line('get configmaps --field-selector metadata.name=settings -o name', /^configmap\/settings$/m),
  line('delete configmap settings plain', /configmap "settings" deleted/),
  line('get configmap settings', /Error from server \(NotFound\): configmaps "settings" not found/, { exit: 1 }),
  line('create deployment web --image=nginx:1.27 --replicas=3', /deployment\.apps\/web created/),
  line('rollout status deployment/web --timeout=60s', /successfully rolled out/),
  line('wait deployment/web --for=condition=Available --timeout=60s', /condition met/),
  line('get deployment,replicaset,pods', /deployment\.apps\/web +3\/3/),
  line('get all', /service\/front/),
  line('expose deployment web --port=80 --name=web', /service\/web exposed/),
  line('get endpoints web', /^web +\d+\.\d+\.\d+\.\d+:80/m),
  line('set image deployment/web nginx=nginx:1.28', /image updated/),
  line('rollout status deployment/web --timeout=60s', /successfully rolled out/),
  line('rollout history deployment/web', /REVISION/),
  line('rollout undo deployment/web', /rolled back/),
  line('rollout status deployment/web --timeout=60s', /successfully rolled out/),
  line('rollout restart deployment/web', /restarted/),
  line('rollout status deployment/web --timeout=60s', /successfully rolled out/),
  line('rollout pause deployment/web', /paused/),
  line('rollout resume deployment/web', /resumed/),
  line('set env deployment/web A=b', /env updated/),
  line('set resources deployment/web --limits=cpu=200m', /resource requirements updated/),
  line('scale deployment/web --replicas=2', /scaled/),
  line('autoscale deployment web --min=1 --max=4 --cpu-percent=80', /autoscaled/),
  line('get hpa', /Deployment\/web/),
  line('describe deployment web', /NewReplicaSet/),
  line('run single --image=nginx:1.27', /pod\/single created/),
  line('wait pod/single --for=condition=Ready --timeout=60s', /condition met/),
  line('logs single', /nginx/),
  line('describe pod single', /Successfully assigned/),
  line('events --for pod/single', /Scheduled/),
  line('get events --sort-by=.metadata.creationTimestamp', /Scheduled/),
  line('get pods single -o yaml', /phase: Running/),
  line('exec single -- ls', /error|Error/, { exit: 1 }),
  line('create job once --image=busybox -- true', /job\.batch\/once created/),
  line('wait job/once --for=condition=Complete --timeout=60s', /condition met/),
  line("create cronjob often --image=busybox --schedule='*/5 * * * *' -- true", /cronjob\.batch\/often created/),
  line('get cronjobs', /often +\*\/5 \* \* \* \*/),
  line('create quota limits --hard=pods=50', /resourcequota\/limits created/),
  line('create priorityclass $NS --value=10', /priorityclass\.scheduling\.k8s\.io\/\S+ created/),
  line('create pdb guard --selector=app=web --min-available=1', /poddisruptionbudget\.policy\/guard created/),
  line('create ingress door --rule=example.com/*=web:80', /ingress\.networking\.k8s\.io\/door created/),
  line('get pdb,ingress,quota', /guard/),
  line('taint nodes node-3 k=v:PreferNoSchedule', /tainted/),
  line('taint nodes node-3 k-', /untainted/),
  line('cordon node-3', /node\/node-3 cordoned/),
  line('get node node-3', /Ready,SchedulingDisabled/),
  line('drain node-3 --ignore-daemonsets --force --delete-emptydir-data --timeout=60s', /drained|node\/node-3/),
  line('uncordon node-3', /node\/node-3 uncordoned/),
  line('apply -f -', /pod\/extra created/, { stdin: pod('extra') }),
  line('delete -f -', /pod "extra" deleted/, { stdin: pod('extra') }),
  line('delete priorityclass $NS', /deleted/),
  line('delete pods --all --now', /deleted/),
  line('delete deployment web', /deployment\.apps "web" deleted/),
  line('kustomize /nonexistent', /error|must build|no such file|not found/i, { exit: 1 }),
];
