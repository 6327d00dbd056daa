/** Objects of many kinds: made, shown in every form, applied, compared, edited, patched, replaced, labelled, deleted. */
import { type CommandLine, line, refused } from './command-line.ts';

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

const json = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"from-json"},"data":{"a":"b"}}';
const generated = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: drawn-}\n';
const unknownField = `${configMap}bogus: 1\n`;
const roles = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reconciled, namespace: $NS}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
`;

const created: readonly CommandLine[] = [
  line('create configmap plain --from-literal=a=b', /configmap\/plain created/),
  line('create configmap from-env --from-env-file=$DIR/settings.env', /configmap\/from-env created/),
  line('create configmap from-file --from-file=key=$DIR/settings.env --dry-run=client -o yaml', /^ {2}key: \|$/m),
  line('create secret generic hidden --from-literal=p=q', /secret\/hidden created/),
  line('create secret docker-registry pull --docker-username=u --docker-password=p', /secret\/pull created/),
  line('create serviceaccount robot', /serviceaccount\/robot created/),
  line('create token robot', /^ey[\w-]+\.[\w-]+\.[\w-]+/m),
  line('create token robot --duration=20m --audience=me -o jsonpath={.status.expirationTimestamp}', /^\d{4}-/m),
  line('create role reader --verb=get,list --resource=pods', /role\.rbac\.authorization\.k8s\.io\/reader created/),
  line('create clusterrole $NS --verb=get --resource=nodes', /clusterrole\.rbac\.authorization\.k8s\.io\/\S+ created/),
  line(
    'create rolebinding reads --role=reader --serviceaccount=$NS:robot',
    /rolebinding\.rbac\.authorization\.k8s\.io\/reads created/,
  ),
  line(
    'create clusterrolebinding $NS --clusterrole=$NS --user=jane',
    /clusterrolebinding\.rbac\.authorization\.k8s\.io\/\S+ created/,
  ),
  line(
    'set subject rolebinding reads --user=jane',
    /rolebinding\.rbac\.authorization\.k8s\.io\/reads subjects updated/,
  ),
  line('get rolebinding reads -o wide', /^reads +Role\/reader +\S+ +jane +\S+\/robot$/m),
  line('auth reconcile -f -', /role\.rbac\.authorization\.k8s\.io\/reconciled reconciled/, { stdin: roles }),
  line('describe role reader', /^ +pods +\[\] +\[\] +\[get list\]$/m),
  line('auth can-i list pods --as=system:serviceaccount:$NS:robot', /^yes/m),
  refused('auth can-i delete pods --as=system:serviceaccount:$NS:robot', /^no/m),
  refused('get secrets --as=system:serviceaccount:$NS:robot', /Error from server \(Forbidden\): secrets is forbidden/),
  line('create service clusterip plain --tcp=80:8080', /service\/plain created/),
  line('create service nodeport open --tcp=80', /service\/open created/),
  line('create service loadbalancer balanced --tcp=80', /service\/balanced created/),
  line('create service externalname away --external-name=example.com', /service\/away created/),
  line('set selector service plain app=plain', /service\/plain selector updated/),
  line('get services', /^away +ExternalName +<none> +example\.com +<none>/m),
  line('get service open', /^open +NodePort +\d+\.\d+\.\d+\.\d+ +<none> +80:3\d{4}\/TCP/m),
  line('describe service plain', /^TargetPort: +8080\/TCP$/m),
  line('create quota bounds --hard=pods=50', /resourcequota\/bounds created/),
  line('describe quota bounds', /^pods +0 +50$/m),
  line('create priorityclass $NS --value=10', /priorityclass\.scheduling\.k8s\.io\/\S+ created/),
  line('create pdb guard --selector=app=web --min-available=1', /poddisruptionbudget\.policy\/guard created/),
  line('create ingress door --rule=example.com/*=web:80', /ingress\.networking\.k8s\.io\/door created/),
  line('describe ingress door', /example\.com/),
  line('get pdb,ingress,quota', /guard/),
];

const applied: readonly CommandLine[] = [
  line('create -f -', /configmap\/settings created\nservice\/front created/, { stdin: two }),
  refused('create -f -', /AlreadyExists/, { stdin: configMap }),
  line('create -f -', /configmap\/drawn-\w{5} created/, { stdin: generated }),
  line('create -f -', /configmap\/from-json created/, { stdin: json }),
  refused('create -f -', /strict decoding error: unknown field "bogus"/, { stdin: unknownField }),
  line('create --validate=warn --dry-run=server -f -', /Warning: unknown field "bogus"/, {
    stdin: unknownField.replace('settings', 'other'),
  }),
  line('create -f - --dry-run=server -o name', /^configmap\/other$/m, {
    stdin: configMap.replace('settings', 'other'),
  }),
  line('get configmap settings -o yaml', /color: blue/),
  line('get configmap settings -o json', /"color": "blue"/),
  line('get configmap settings -o yaml --show-managed-fields', /manager: kubectl-create/),
  line('get configmaps settings plain -o custom-columns-file=$DIR/columns.txt', /^settings +blue\nplain +<none>$/m),
  line('get configmap/settings service/front -o name', /^configmap\/settings\nservice\/front$/m),
  line('get configmap nowhere --ignore-not-found', /^\s*$/),
  line('diff -f -', /\+ {2}color: red/, { stdin: configMap.replace('blue', 'red'), exit: 1 }),
  line('diff --server-side --force-conflicts -f -', /\+ {2}color: red/, {
    stdin: configMap.replace('blue', 'red'),
    exit: 1,
  }),
  line('apply -f -', /configmap\/settings configured/, { stdin: configMap.replace('blue', 'red') }),
  line('apply -f -', /configmap\/settings unchanged/, { stdin: configMap.replace('blue', 'red') }),
  line('diff -f -', /^\s*$/, { stdin: configMap.replace('blue', 'red') }),
  line('apply view-last-applied configmap settings', /color: red/),
  line('apply set-last-applied -f -', /configmap\/settings configured/, { stdin: configMap }),
  refused(
    'apply --server-side --field-manager=other -f -',
    /conflict with "kubectl-client-side-apply"[\s\S]*\.data\.color/,
    {
      stdin: configMap.replace('blue', 'green'),
    },
  ),
  line('apply --server-side --force-conflicts -f -', /configmap\/settings serverside-applied/, {
    stdin: configMap.replace('blue', 'green'),
  }),
  line('apply --dry-run=server -f -', /configmap\/settings .*\(server dry run\)/, {
    stdin: configMap.replace('blue', 'white'),
  }),
  line('apply -f $DIR/prune', /configmap\/kept created\nconfigmap\/dropped created|dropped created\nconfigmap\/kept/),
  line(
    'apply -f $DIR/prune/one.yaml --prune -l set=pruned --prune-allowlist=core/v1/ConfigMap',
    /configmap\/dropped pruned/,
  ),
  line('kustomize $DIR/kustomize', /name: kust-base/),
  line('apply -k $DIR/kustomize', /configmap\/kust-base created\nconfigmap\/kust-generated-\w+ created/),
  line('delete -k $DIR/kustomize', /configmap "kust-base" deleted/),
  refused('kustomize /nonexistent', /error|must build|no such file|not found/i),
];

const changed: readonly CommandLine[] = [
  line('edit configmap settings', /configmap\/settings edited/, { editor: 's/green/yellow/' }),
  line('edit configmap settings', /Edit cancelled, no changes made\./, { editor: 's/nothing/else/' }),
  refused('edit configmap settings', /configmaps "settings" is invalid/, {
    editor: 's/^metadata:/metadata:\\n  labels: {a: "-"}/',
  }),
  line('get configmap settings -o jsonpath={.data.color}', /^yellow$/m),
  line('patch configmap settings --type=merge -p \'{"data":{"size":"l"}}\'', /configmap\/settings patched/),
  line('patch configmap settings -p \'{"data":{"size":"l"}}\'', /configmap\/settings patched \(no change\)/),
  line(
    'patch configmap settings --type=json -p \'[{"op":"remove","path":"/data/size"}]\'',
    /configmap\/settings patched/,
  ),
  refused(
    'patch configmap settings --type=json -p \'[{"op":"remove","path":"/data/size"}]\'',
    /The request is invalid/,
  ),
  line(
    'patch configmap settings --type=strategic -p \'{"metadata":{"labels":{"a":"b"}}}\' -o name',
    /^configmap\/settings$/m,
  ),
  line('replace -f -', /configmap\/settings replaced/, { stdin: configMap.replace('blue', 'grey') }),
  line('replace --force -f -', /configmap\/settings replaced/, { stdin: configMap }),
  refused('replace -f -', /configmaps "nowhere" not found/, { stdin: configMap.replace('settings', 'nowhere') }),
  line('label configmap settings tier=front', /configmap\/settings labeled/),
  refused('label configmap settings tier=back', /already has a value \(front\), and --overwrite is false/),
  line('label configmap settings tier=back --overwrite', /configmap\/settings labeled/),
  line('label configmap settings --list', /^tier=back$/m),
  line('get configmaps -l tier=back --show-labels', /tier=back$/m),
  line('get configmaps -L tier', /^settings .* back$/m),
  line('label configmap settings tier-', /configmap\/settings unlabeled/),
  line('annotate configmap settings note=hello', /configmap\/settings annotated?/),
  line('annotate configmap settings note-', /configmap\/settings annotated?/),
  line('get configmaps -l tier=none', /No resources found/),
  line('get configmaps -l notin(', /unable to parse requirement|couldn't parse the selector|found '', expected/, {
    exit: 1,
  }),
  line('get configmaps --field-selector metadata.name=settings -o name', /^configmap\/settings$/m),
  refused(
    'get configmaps --field-selector data.a=b',
    /"data\.a" is not a known field selector: only "metadata\.name", "metadata\.namespace"/,
  ),
  line('describe configmap settings', /^color:\n----\nblue$/m),
  line('describe secret hidden', /^p: +1 bytes$/m),
  line('delete configmap settings plain', /configmap "settings" deleted/),
  line('delete configmap from-env --dry-run=server', /configmap "from-env" deleted.* \(server dry run\)/),
  line('delete -f - --ignore-not-found', /configmap "from-json" deleted/, { stdin: json }),
  refused('delete configmap nowhere', /Error from server \(NotFound\): configmaps "nowhere" not found/),
  refused('get configmap settings', /Error from server \(NotFound\): configmaps "settings" not found/),
  refused('get nothings', /the server doesn't have a resource type "nothings"/),
  line('delete services -l app=plain', /service "plain" deleted/),
  line('delete service open balanced away', /service "away" deleted/),
  line('delete clusterrole,clusterrolebinding,priorityclass $NS', /deleted/),
];

export const objectCommands: readonly CommandLine[] = [...created, ...applied, ...changed];
