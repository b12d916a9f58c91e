package fakeaws

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Answer is an answer before it is sent, for a Fault to change.
type Answer struct {
	Status int
	Header map[string]string
	Body   []byte
	Marker string // that the request gave, of any service; "" for the first page
}

// Named is a fault by the name that a table has for it.
type Named struct {
	Name string
	Fault
}

// Refusals are what a service in good health may answer besides the right thing,
// and what may happen to an answer on its way.
var Refusals = []Named{
	{"409 conflict", Fault{Status: 409, Code: "ConditionalRequestConflict", Message: "Please try again."}},
	{"412", Fault{Status: 412, Code: "PreconditionFailed", Message: "At least one of the pre-conditions you specified did not hold"}},
	{"429", Fault{Status: 429, Code: "TooManyRequestsException", Message: "Rate exceeded"}},
	{"500", Fault{Status: 500, Code: "InternalError", Message: "We encountered an internal error."}},
	{"500 acted", Fault{Status: 500, Code: "InternalError", Act: true}},
	{"503 slow down", Fault{Status: 503, Code: "SlowDown", Message: "Please reduce your request rate."}},
	{"reset", Fault{Drop: true}},
	{"reset acted", Fault{Drop: true, Act: true}},
	{"cut", Fault{Cut: true}},
}

// Hangs are servers that do not answer.
var Hangs = []Named{
	{"hang", Fault{Hang: true}},
	{"hang acted", Fault{Hang: true, Act: true}},
}

// Silences are answers that look like success and do not say what was asked.
var Silences = []Named{
	{"200 empty", instead(200, "", "")},
	{"200 empty act.", acted(func(_ string, a *Answer) bool {
		a.Status, a.Header, a.Body = 200, map[string]string{}, nil
		return true
	})},
	{"204", instead(204, "", "")},
	{"{}", instead(200, "application/json", "{}")},
	{"null", instead(200, "application/json", "null")},
	{"html", instead(200, "text/html", "<!DOCTYPE html><html><body><p>Log in</p></body></html>")},
	{"xhtml", instead(200, "text/html", `<html xmlns="http://www.w3.org/1999/xhtml"><body>Log in</body></html>`)},
	{"other answer", Fault{Change: otherAnswer}},
	{"lacks a", acted(lacking(0))},
	{"lacks b", acted(lacking(1))},
	{"lacks c", acted(lacking(2))},
	{"same marker", acted(sameMarker)},
	{"same page", acted(samePage())},
	{"no marker", acted(noMarker)},
	{"other layer", acted(arn(`(:layer:)[A-Za-z0-9_-]+`, "${1}another"))},
	{"other account", acted(otherAccount)},
	{"other region", acted(arn(`(arn:aws:lambda:)[a-z0-9-]+`, "${1}us-west-9"))},
	{"other version", acted(arn(`(:layer:[A-Za-z0-9_-]+:)\d+`, "${1}77"))},
	{"newline", acted(arn(`(:layer:)`, `:layer:x\narn:`))},
	{"escape code", acted(arn(`(:layer:)`, `\u001b]0;owned\u0007:layer:`))},
	{"no ARN", acted(arn(`arn:aws:[^"]*`, ""))},
}

// otherAccount leaves GetLayerVersion alone: where all answers agree on an account,
// it is the account.
func otherAccount(op string, a *Answer) bool {
	return op != "GetLayerVersion" && arn(`:123456789012:`, ":999999999999:")(op, a)
}

func acted(change func(string, *Answer) bool) Fault { return Fault{Act: true, Change: change} }

// instead is an answer that comes from something that is not the service.
func instead(status int, kind, body string) Fault {
	return Fault{Change: func(_ string, a *Answer) bool {
		a.Status, a.Header, a.Body = status, map[string]string{}, []byte(body)
		if kind != "" {
			a.Header["Content-Type"] = kind
		}
		return true
	}}
}

// otherAnswer is a right answer to something that was not asked.
func otherAnswer(op string, a *Answer) bool {
	a.Body = []byte(`{"AccountLimit":{"TotalCodeSize":80530636800},"AccountUsage":{"FunctionCount":0}}`)
	if _, isJSON := needed[op]; !isJSON || strings.Contains(op, "Object") || strings.Contains(op, "Part") || strings.Contains(op, "Multipart") {
		a.Body = []byte(`<?xml version="1.0"?><ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>`)
	}
	return true
}

// needed are what an answer cannot do without: a path in its JSON, in which 0 is
// the first of a list and * each, ":" with a header's name, "<" with an XML element's,
// or "!" for the bytes of its body.
var needed = map[string][]string{
	"ListLayerVersions":           {"LayerVersions", "LayerVersions.*.LayerVersionArn", "LayerVersions.0.Version"},
	"GetLayerVersion":             {"LayerVersionArn", "Content", "Content.CodeSha256"},
	"PublishLayerVersion":         {"LayerVersionArn", "Version", "Content.CodeSha256"},
	"ListFunctions":               {"Functions", "Functions.0.FunctionName", "Functions.*.Layers.*.Arn"},
	"ListLayers":                  {"Layers", "Layers.*.LayerName", "Layers.0.LayerArn"},
	"ListAliases":                 {"Aliases", "Aliases.0.Name", "Aliases.*.FunctionVersion"},
	"GetFunction":                 {"Configuration", "Configuration.RevisionId", "Configuration.Version"},
	"ListVersionsByFunction":      {"Versions", "Versions.0.FunctionName", "Versions.*.Version"},
	"PublishVersion":              {"Version", "FunctionArn", "FunctionName"},
	"UpdateFunctionConfiguration": {"Layers", "FunctionArn", "FunctionName"},
	"GetAlias":                    {"FunctionVersion", "RevisionId", "Name"},
	"UpdateAlias":                 {"FunctionVersion", "AliasArn", "Name"},
	"GetMetricData":               {"<Id", "<StatusCode"},
	"GetLayerVersionPolicy":       {"Policy"},
	"AddLayerVersionPermission":   {"Statement"},
	"GetParameter":                {"Parameter", "Parameter.Value", "Parameter.Type"},
	"PutParameter":                {"Version"},
	"GetCallerIdentity":           {"<Account"},
	"AssumeRole":                  {"<AccessKeyId", "<SecretAccessKey", "<SessionToken"},
	"HeadBucket":                  {":X-Amz-Bucket-Region"},
	"HeadObject":                  {":ETag"},
	"GetObject":                   {":ETag", "!"},
	"PutObject":                   {":ETag"},
	"CopyObject":                  {"<ETag"},
	"ListObjectsV2":               {"<IsTruncated", "<Key", "<LastModified"},
	"CreateMultipartUpload":       {"<UploadId"},
	"UploadPart":                  {":ETag"},
	"UploadPartCopy":              {"<ETag", "<ChecksumSHA256"},
	"CompleteMultipartUpload":     {"<ETag"},
	"ListMultipartUploads":        {"<IsTruncated", "<UploadId", "<Initiated"},
}

// lacking leaves out the i-th of what an answer needs.
func lacking(i int) func(string, *Answer) bool {
	return func(op string, a *Answer) bool {
		if i >= len(needed[op]) || a.Status >= 300 {
			return false
		}
		switch what := needed[op][i]; what[0] {
		case ':':
			delete(a.Header, what[1:])
		case '<':
			a.Body = regexp.MustCompile(what+`>[^<]*</`+what[1:]+`>`).ReplaceAll(a.Body, nil)
		case '!':
			a.Body = a.Body[:len(a.Body)/2]
			a.Header["Content-Length"] = strconv.Itoa(len(a.Body))
			delete(a.Header, "X-Amz-Checksum-Sha256")
		default:
			a.edit(func(v map[string]any) { remove(v, strings.Split(what, ".")) })
		}
		return true
	}
}

// remove deletes what is at a path of decoded JSON.
func remove(v any, path []string) {
	switch v := v.(type) {
	case map[string]any:
		if len(path) == 1 {
			delete(v, path[0])
		} else {
			remove(v[path[0]], path[1:])
		}
	case []any:
		for i, item := range v {
			if path[0] == "*" || strconv.Itoa(i) == path[0] {
				remove(item, path[1:])
			}
		}
	}
}

// sameMarker leads back to a page forever.
func sameMarker(op string, a *Answer) bool {
	switch {
	case a.Status != http.StatusOK:
		return false
	case op == "ListObjectsV2":
		a.truncate("<NextContinuationToken>again</NextContinuationToken>")
	case !slices.Contains(listsOfLambda, op):
		return false
	default:
		a.edit(func(v map[string]any) { v["NextMarker"] = "again" })
	}
	return true
}

var listsOfLambda = []string{"ListLayerVersions", "ListFunctions", "ListLayers", "ListAliases", "ListVersionsByFunction"}

// samePage gives the first page of a list again and again, with new markers.
func samePage() func(string, *Answer) bool {
	return func(op string, a *Answer) bool {
		next := a.Marker + "+"
		if !sameMarker(op, a) {
			return false
		}
		a.Body = bytes.Replace(a.Body, []byte(`"again"`), []byte(`"`+next+`"`), 1)
		a.Body = bytes.Replace(a.Body, []byte(`>again<`), []byte(">"+next+"<"), 1)
		return true
	}
}

// noMarker says that there is more, and not where.
func noMarker(op string, a *Answer) bool {
	if op == "ListObjectsV2" {
		a.truncate("")
	}
	return op == "ListObjectsV2"
}

func (a *Answer) truncate(marker string) {
	a.Body = regexp.MustCompile(`<NextContinuationToken>[^<]*</NextContinuationToken>`).ReplaceAll(a.Body, nil)
	a.Body = regexp.MustCompile(`<IsTruncated>[^<]*</IsTruncated>`).ReplaceAll(a.Body, []byte("<IsTruncated>true</IsTruncated>"+marker))
}

// arn changes the ARNs of layer versions in an answer about them.
func arn(pattern, replacement string) func(string, *Answer) bool {
	find := regexp.MustCompile(pattern)
	return func(op string, a *Answer) bool {
		if !strings.Contains(op, "LayerVersion") || strings.Contains(op, "Polic") || strings.Contains(op, "Permission") || strings.Contains(op, "Delete") {
			return false
		}
		key := regexp.MustCompile(`"LayerVersionArn":"[^"]*"`)
		a.Body = key.ReplaceAllFunc(a.Body, func(pair []byte) []byte {
			name, value, _ := bytes.Cut(pair, []byte(":"))
			return slices.Concat(name, []byte(":"), find.ReplaceAll(value, []byte(replacement)))
		})
		return true
	}
}

// edit changes a JSON body.
func (a *Answer) edit(change func(map[string]any)) {
	v := map[string]any{}
	if json.Unmarshal(a.Body, &v) != nil {
		return
	}
	change(v)
	a.Body, _ = json.Marshal(v) // it was JSON
}

// Concerns reports whether f changes the answers of an operation.
func (f *Fault) Concerns(op string) bool {
	return f.Change(op, &Answer{Status: http.StatusOK, Header: map[string]string{}})
}

// changed is the answer that a fault makes of r.
func (r reply) changed(op string, request *http.Request, f *Fault) reply {
	query := request.URL.Query()
	a := Answer{r.status, r.header, r.body, query.Get("Marker") + query.Get("continuation-token")}
	if a.Header == nil {
		a.Header = map[string]string{}
	}
	f.Change(op, &a)
	return reply{a.Status, a.Header, a.Body}
}

// Hide leaves the items out of a list of layer versions that hold this text.
func Hide(text string) func(string, *Answer) bool {
	return func(op string, a *Answer) bool {
		if op != "ListLayerVersions" {
			return false
		}
		var list struct {
			LayerVersions []json.RawMessage
			NextMarker    any
		}
		if json.Unmarshal(a.Body, &list) == nil && list.LayerVersions != nil {
			list.LayerVersions = slices.DeleteFunc(list.LayerVersions, func(item json.RawMessage) bool { return bytes.Contains(item, []byte(text)) })
			a.Body, _ = json.Marshal(list) // it was JSON
		}
		return true
	}
}
