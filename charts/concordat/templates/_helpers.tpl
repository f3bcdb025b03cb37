{{- define "concordat.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "concordat.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "concordat.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "concordat.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "concordat.selectorLabels" -}}
app.kubernetes.io/name: {{ include "concordat.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{- define "concordat.labels" -}}
{{ include "concordat.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "concordat.serviceAccountName" -}}
{{- default (include "concordat.fullname" .) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "concordat.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* The operator's rights on the namespaces that it watches, verb by verb. */}}
{{- define "concordat.operatorRules" -}}
# The contracts: read them, set the finalizer; write what is known of them.
- apiGroups: [concordat.dev]
  resources: [synccontracts]
  verbs: [get, list, watch, patch]
- apiGroups: [concordat.dev]
  resources: [synccontracts/status, reconcilejobs/status]
  verbs: [patch]
# The runs: one per check, oldest deleted beyond the history limits. One that a person made is adopted.
- apiGroups: [concordat.dev]
  resources: [reconcilejobs]
  verbs: [get, list, watch, create, patch, delete]
# The workers of runs. Created and followed; ended early when a worker does not start and others wait for its turn. They go with their ReconcileJob.
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, patch]
# Orders to workers and the prober, and their reports, which the data plane alone writes.
- apiGroups: [internal.concordat.dev]
  resources: [checksumruns]
  verbs: [get, list, watch, create, patch]
- apiGroups: [internal.concordat.dev]
  resources: [latencyprobes]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [internal.concordat.dev]
  resources: [contractrecords]
  verbs: [get, create, patch]
# The prober; and the writers that a contract lists: patched to zero replicas and back. Listed to find claims of contracts that are gone.
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, create, patch, delete]
- apiGroups: [apps]
  resources: [deployments]
  resourceNames: [concordat-prober]
  verbs: [watch]
# A writer counts as paused when no pod of its ReplicaSets is left. Why a worker's pod does not start, and how it ended.
- apiGroups: [apps]
  resources: [replicasets]
  verbs: [list]
- apiGroups: [""]
  resources: [pods]
  verbs: [list]
# Its own events; and why a quota or an admission policy refuses a worker's pod, which only an event of its Job says.
- apiGroups: [""]
  resources: [events]
  verbs: [get, list, create, patch]
# Workers and probers run under an account of their own in the contract's namespace. Put right when somebody changes it.
- apiGroups: [""]
  resources: [serviceaccounts]
  verbs: [create]
- apiGroups: [""]
  resources: [serviceaccounts]
  resourceNames: [concordat-data-plane]
  verbs: [get, list, watch, patch]
- apiGroups: [rbac.authorization.k8s.io]
  resources: [rolebindings]
  verbs: [create]
- apiGroups: [rbac.authorization.k8s.io]
  resources: [rolebindings]
  resourceNames: [concordat-data-plane]
  verbs: [get, list, watch, patch, delete]
{{- end -}}

{{/* The name is fixed: the operator binds it, and nothing else, in the namespaces of contracts. */}}
{{- define "concordat.bindRule" -}}
# Hand out the data plane's rights, which the operator itself need not have, and no others.
- apiGroups: [rbac.authorization.k8s.io]
  resources: [clusterroles]
  resourceNames: [concordat-data-plane]
  verbs: [bind]
{{- end -}}
