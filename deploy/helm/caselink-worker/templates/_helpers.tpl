{{- define "caselink-worker.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{- define "caselink-worker.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "caselink-worker.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "caselink-worker.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "caselink-worker.selectorLabels" -}}
app.kubernetes.io/name: {{ include "caselink-worker.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "caselink-worker.labels" -}}
{{ include "caselink-worker.selectorLabels" . }}
{{- with .Values.image.tag }}
app.kubernetes.io/version: {{ . | trunc 63 | quote }}
{{- end }}
app.kubernetes.io/component: worker
app.kubernetes.io/part-of: caselink
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "caselink-worker.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "caselink-worker.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end }}

{{- define "caselink-worker.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository .tag -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "caselink-worker.waitingRequests" -}}
sum(caselink_requests_waiting{waits_for="slot",namespace="{{ .Release.Namespace }}",pod=~"{{ include "caselink-worker.fullname" . }}-.*"})
{{- end }}

{{- /* The variables of the worker that are no secrets, and references to those that are. */ -}}
{{- define "caselink-worker.env" -}}
- name: TEMPORAL_ADDRESS
  value: {{ .Values.temporal.address | quote }}
- name: TEMPORAL_NAMESPACE
  value: {{ .Values.temporal.namespace | quote }}
{{- with .Values.temporal.apiKey }}
{{- if .existingSecret }}
- name: TEMPORAL_API_KEY
  valueFrom:
    secretKeyRef:
      name: {{ .existingSecret | quote }}
      key: {{ .key | quote }}
{{- end }}
{{- end }}
{{- with .Values.temporal.tls }}
{{- if .enabled }}
- name: TEMPORAL_TLS
  value: "true"
{{- end }}
{{- if .serverName }}
- name: TEMPORAL_TLS_SERVER_NAME
  value: {{ .serverName | quote }}
{{- end }}
{{- if .clientSecret }}
- name: TEMPORAL_TLS_CLIENT_CERT_PATH
  value: /etc/caselink/temporal-client/tls.crt
- name: TEMPORAL_TLS_CLIENT_KEY_PATH
  value: /etc/caselink/temporal-client/tls.key
{{- end }}
{{- if .caSecret }}
- name: TEMPORAL_TLS_SERVER_CA_CERT_PATH
  value: /etc/caselink/temporal-ca/ca.crt
{{- end }}
{{- end }}
{{- with .Values.api }}
{{- if .site }}
- name: CASELINK_SITE
  value: {{ .site | quote }}
{{- end }}
{{- if .endpoint }}
- name: CASELINK_ENDPOINT
  value: {{ .endpoint | quote }}
{{- end }}
{{- if .maxRate }}
- name: CASELINK_MAX_RATE
  value: {{ .maxRate | quote }}
{{- end }}
{{- if .inFlight }}
- name: CASELINK_IN_FLIGHT
  value: {{ .inFlight | int | quote }}
{{- end }}
{{- end }}
- name: CASELINK_LEDGER
  value: {{ .Values.ledger.location | quote }}
{{- with .Values.ledger.objectStorage }}
{{- if .endpoint }}
- name: AWS_ENDPOINT_URL_S3
  value: {{ .endpoint | quote }}
{{- end }}
{{- if .region }}
- name: AWS_REGION
  value: {{ .region | quote }}
{{- end }}
{{- if .addressStyle }}
- name: CASELINK_S3_ADDRESS_STYLE
  value: {{ .addressStyle | quote }}
{{- end }}
{{- end }}
- name: CASELINK_HEALTH_ADDRESS
  value: {{ printf "0.0.0.0:%v" .Values.ports.health | quote }}
- name: CASELINK_METRICS_ADDRESS
  value: {{ printf "0.0.0.0:%v" .Values.ports.metrics | quote }}
- name: CASELINK_LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}
