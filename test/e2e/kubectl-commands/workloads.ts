/** What runs: deployments and their history, pods, jobs, events, and the nodes that pods are driven from. */
import { type CommandLine, line, refused } from './command-line.ts';

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

const rolledOut = line('rollout status deployment/web --timeout=60s', /successfully rolled out/);

const deployments: readonly CommandLine[] = [
  line('create deployment web --image=nginx:1.27 --replicas=3', /deployment\.apps\/web created/),
  line('create deployment dry --image=nginx --dry-run=client -o yaml', /^kind: Deployment$/m),
  rolledOut,
  line('wait deployment/web --for=condition=Available --timeout=60s', /condition met/),
  line('wait deployment/web --for=jsonpath={.status.readyReplicas}=3 --timeout=60s', /condition met/),
  line('get deployment,replicaset,pods', /deployment\.apps\/web +3\/3/),
  line('get deployments -o wide', /^web +3\/3 +3 +3 +\S+ +nginx +nginx:1\.27 +app=web$/m),
  line('get all', /service\/front/),
  line('get pods -l app=web -o wide', /^web-\S+ +1\/1 +Running +0 +\S+ +\d+\.\d+\.\d+\.\d+ +node-\d/m),
  line('get pods --field-selector=status.phase=Running -o name', /^pod\/web-/m),
  line('get pods -l app=web --sort-by=.metadata.name --no-headers', /^web-\S+ +1\/1 +Running/m),
  line('expose deployment web --port=80 --name=web', /service\/web exposed/),
  line('get endpoints web', /^web +\d+\.\d+\.\d+\.\d+:80/m),
  line('get endpointslices -l kubernetes.io/service-name=web', /^web-\w+ +IPv4 +80 /m),
  line('set image deployment/web nginx=nginx:1.28', /image updated/),
  rolledOut,
  line('rollout history deployment/web', /REVISION/),
  line('rollout history deployment/web --revision=2', /Image:\s+nginx:1\.28/),
  line('rollout undo deployment/web', /rolled back/),
  rolledOut,
  line('rollout undo deployment/web --to-revision=2', /rolled back/),
  refused('rollout undo deployment/web --to-revision=99', /unable to find specified revision 99 in history/),
  line('rollout restart deployment/web', /restarted/),
  rolledOut,
  line('rollout pause deployment/web', /paused/),
  refused('rollout pause deployment/web', /is already paused/),
  line('rollout resume deployment/web', /resumed/),
  line('set env deployment/web A=b', /env updated/),
  line('set env deployment/web --list', /^A=b$/m),
  line('set env deployment/web --from=configmap/from-env', /env updated/),
  line('set env deployment/web A-', /env updated/),
  line('set resources deployment/web --limits=cpu=200m', /resource requirements updated/),
  line('set serviceaccount deployment/web robot', /serviceaccount updated/),
  line('set image deployment/web *=nginx:1.29 --dry-run=server -o jsonpath={..image}', /^nginx:1\.29$/m),
  line('scale deployment/web --replicas=2', /scaled/),
  refused('scale deployment/web --current-replicas=9 --replicas=1', /expected replicas to be 9, was 2/i),
  line('autoscale deployment web --min=1 --max=4 --cpu-percent=80', /autoscaled/),
  line('get hpa', /^web +Deployment\/web +.*80% +1 +4 /m),
  line('describe hpa web', /^Max replicas: +4$/m),
  line('describe deployment web', /NewReplicaSet/),
  line('edit deployment web', /deployment\.apps\/web edited/, { editor: 's/replicas: 2/replicas: 3/' }),
];

const pods: readonly CommandLine[] = [
  line('run single --image=nginx:1.27', /pod\/single created/),
  line('run dry --image=nginx --labels=a=b --env=X=y --port=80 --dry-run=server -o yaml', /containerPort: 80/),
  line('wait pod/single --for=condition=Ready --timeout=60s', /condition met/),
  line('logs single', /nginx/),
  line('logs single --tail=1 --timestamps', /^\d{4}-\d\d-\d\dT/m),
  line('logs deployment/web --all-containers --prefix --tail=1', /^\[pod\/web-/m),
  refused('logs single -c nothing', /container nothing is not valid for pod single/),
  refused('logs nowhere', /pods "nowhere" not found/),
  line('describe pod single', /Successfully assigned/),
  line('describe pods -l run=single', /^QoS Class: +BestEffort$/m),
  line('events --for pod/single', /Scheduled/),
  line('events --types=Normal', /Scheduled/),
  line('get events --sort-by=.metadata.creationTimestamp', /Scheduled/),
  line('get events --field-selector=involvedObject.name=single,reason=Scheduled -o name', /^event\/single\./m),
  line('get pods single -o yaml', /phase: Running/),
  line('get pod single -o jsonpath={.status.phase}', /^Running$/m),
  line("get pod single -o 'go-template={{.status.phase}}'", /^Running$/m),
  line('expose pod single --port=80 --target-port=8080', /service\/single exposed/),
  line('label pods --all seen=yes', /pod\/single labeled/),
  line('annotate pods single owner=me', /pod\/single annotated?/),
  refused('exec single -- ls', /error|Error/),
  refused('attach nowhere', /pods "nowhere" not found/),
  refused('port-forward pod/nowhere 1:1', /pods "nowhere" not found/),
  refused('debug nowhere --image=busybox', /pods "nowhere" not found/),
  line('create job once --image=busybox -- true', /job\.batch\/once created/),
  line('wait job/once --for=condition=Complete --timeout=60s', /condition met/),
  line('get jobs', /^once +(Complete +)?1\/1 /m),
  line("create cronjob often --image=busybox --schedule='*/5 * * * *' -- true", /cronjob\.batch\/often created/),
  line('get cronjobs', /often +\*\/5 \* \* \* \*/),
  line('create job manual --from=cronjob/often', /job\.batch\/manual created/),
  line('delete jobs,cronjobs --all', /job\.batch "once" deleted/),
];

const nodes: readonly CommandLine[] = [
  line('taint nodes node-3 k=v:PreferNoSchedule', /tainted/),
  line('taint nodes node-3 k=w:PreferNoSchedule --overwrite', /modified/),
  line('taint nodes node-3 k-', /untainted/),
  refused('taint nodes node-3 k=v:Sideways', /invalid taint effect: Sideways/),
  line('label node node-3 disk=ssd', /node\/node-3 labeled/),
  line('label node node-3 disk-', /node\/node-3 unlabeled/),
  rolledOut,
  line('cordon node-3', /node\/node-3 cordoned/),
  line('cordon node-3', /node\/node-3 already cordoned/),
  line('get node node-3', /Ready,SchedulingDisabled/),
  line('drain node-3 --ignore-daemonsets --force --delete-emptydir-data --timeout=60s', /drained|node\/node-3/),
  line('uncordon node-3', /node\/node-3 uncordoned/),
  line('apply -f -', /pod\/extra created/, { stdin: pod('extra') }),
  line('delete -f -', /pod "extra" deleted/, { stdin: pod('extra') }),
  line('delete pods --all --now', /deleted/),
  line('delete deployment web', /deployment\.apps "web" deleted/),
  line('wait --for=delete deployment/web --timeout=30s', /^\s*$|condition met/),
];

export const workloadCommands: readonly CommandLine[] = [...deployments, ...pods, ...nodes];
