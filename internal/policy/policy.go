// Package policy generates the minimal IAM policy that lamella's commands need in an
// account, the bucket policy for reference mode, and the trust policy of a role in another
// account.
package policy

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Verb is a command, or several commands with the same permissions.
type Verb string

// The verbs, with the commands that they stand for.
const (
	Deploy Verb = "deploy" // plan, deploy, rollback, and verify
	Read   Verb = "read"   // ls, status, history, show, diff, and users
	Share  Verb = "share"
	Prune  Verb = "prune"
	Attach Verb = "attach"
	Hold   Verb = "hold" // hold and release
)

// Verbs contains all verbs.
var Verbs = []Verb{Deploy, Read, Share, Prune, Attach, Hold}

// Place is a layer in a region of the account, with its configuration.
type Place struct {
	Partition string // "" means aws
	Region    string
	Account   string
	Layer     string
	Bucket    string
	Prefix    string // in the bucket, without a leading or trailing slash
	KMSKey    string // ARN of the key that encrypts the bucket; "" for none
	Parameter string // name of the Systems Manager parameter; "" for none
	Cache     string // "bucket" or "bucket/prefix" of the shared cache; "" for none
	ACL       bool   // whether objects get a canned ACL
	Share     bool   // whether versions are shared when they are published
	Reference bool   // whether S3ObjectStorageMode is REFERENCE
	// Functions are the names of the functions to attach to, or patterns with "*". If it is
	// empty, all functions are meant.
	Functions []string
	// Layers are the ARNs of the other layer versions of these functions. If it is empty,
	// all are meant. Updating a function requires permission to use each of its layers.
	Layers []string
}

// Document is a policy document.
type Document struct {
	Version   string      `json:"Version"`   // version of the policy language
	Statement []Statement `json:"Statement"` // statements of the policy
}

// Statement is a statement that allows actions on resources.
type Statement struct {
	Sid       string                       `json:"Sid"`                 // ID of the statement
	Effect    string                       `json:"Effect"`              // effect of the statement: "Allow"
	Principal map[string]string            `json:"Principal,omitempty"` // who is allowed to perform the actions
	Action    []string                     `json:"Action"`              // allowed actions
	Resource  []string                     `json:"Resource,omitempty"`  // resources that the actions apply to
	Condition map[string]map[string]string `json:"Condition,omitempty"` // conditions that a request must meet
}

// JSON returns the policy as an IAM document.
func (d Document) JSON() []byte {
	data, _ := json.MarshalIndent(d, "", "  ") // cannot fail, because all values are strings
	return append(data, '\n')
}

// need is a permission, with the verbs that require it. Some permissions are indirect: on
// behalf of the caller, PublishLayerVersion reads the zip, and UpdateFunctionConfiguration
// uses each layer.
type need struct {
	sid     string
	on      func(Place) []string
	when    func(Place) bool
	actions map[string][]Verb
}

var needs = []need{
	{"Objects", Place.objects, nil, map[string][]Verb{
		"s3:GetObject": {Deploy, Read, Share, Prune}, "s3:PutObject": {Deploy, Share, Prune}, "s3:AbortMultipartUpload": {Deploy, Prune}, "s3:DeleteObject": {Prune}}},
	{"Incoming", func(p Place) []string { return []string{p.object("layer/zip/incoming-*")} }, nil, map[string][]Verb{"s3:DeleteObject": {Deploy}}},
	{"Acl", Place.objects, func(p Place) bool { return p.ACL }, map[string][]Verb{"s3:PutObjectAcl": {Deploy, Share, Prune, Attach, Hold}}},
	{"Journals", func(p Place) []string { return []string{p.object("attach/*")} }, nil, map[string][]Verb{"s3:GetObject": {Attach}, "s3:PutObject": {Attach}}},
	{"Records", func(p Place) []string { return []string{p.object("layer/*")} }, nil, map[string][]Verb{"s3:GetObject": {Attach}}},
	{"Hold", func(p Place) []string { return []string{p.object("layer/hold")} }, nil, map[string][]Verb{"s3:GetObject": {Hold}, "s3:PutObject": {Hold}, "s3:DeleteObject": {Hold}}},
	{"Bucket", func(p Place) []string { return []string{p.bucket()} }, nil, map[string][]Verb{"s3:ListBucket": Verbs, "s3:ListBucketMultipartUploads": {Deploy, Prune}}},
	{"Versioning", func(p Place) []string { return []string{p.bucket()} }, func(p Place) bool { return p.Reference }, map[string][]Verb{"s3:GetBucketVersioning": {Deploy}}},
	{"Cache", func(p Place) []string { return []string{p.s3() + p.Cache + "/*"} }, Place.hasCache, map[string][]Verb{"s3:GetObject": {Deploy, Read}, "s3:PutObject": {Deploy, Read}}}, // ls and diff resolve a changed lock file
	{"CacheBucket", func(p Place) []string { bucket, _, _ := strings.Cut(p.Cache, "/"); return []string{p.s3() + bucket} }, Place.hasCache, map[string][]Verb{"s3:ListBucket": {Deploy, Read}}},
	{"Key", func(p Place) []string { return []string{p.KMSKey} }, func(p Place) bool { return p.KMSKey != "" }, map[string][]Verb{
		"kms:Decrypt": Verbs, "kms:GenerateDataKey": {Deploy, Share, Prune, Attach, Hold}}},
	{"Layer", func(p Place) []string { return []string{p.layer()} }, nil, map[string][]Verb{"lambda:ListLayerVersions": Verbs, "lambda:PublishLayerVersion": {Deploy}}},
	{"LayerVersions", func(p Place) []string { return []string{p.layer() + ":*"} }, nil, map[string][]Verb{
		"lambda:GetLayerVersion": Verbs, "lambda:GetLayerVersionPolicy": {Read, Share, Prune},
		"lambda:AddLayerVersionPermission": {Share}, "lambda:RemoveLayerVersionPermission": {Share}, "lambda:DeleteLayerVersion": {Prune}}},
	{"ShareNew", func(p Place) []string { return []string{p.layer() + ":*"} }, func(p Place) bool { return p.Share }, map[string][]Verb{"lambda:AddLayerVersionPermission": {Deploy}}},
	{"Parameter", func(p Place) []string { return []string{p.parameter()} }, func(p Place) bool { return p.Parameter != "" }, map[string][]Verb{
		"ssm:GetParameter": {Deploy, Read}, "ssm:PutParameter": {Deploy}}},
	{"ListFunctions", func(Place) []string { return []string{"*"} }, nil, map[string][]Verb{"lambda:ListFunctions": {Read, Prune, Attach}}},
	{"Aliases", func(p Place) []string { return []string{p.function("*")} }, nil, map[string][]Verb{"lambda:ListAliases": {Read, Prune}}},
	{"Functions", func(p Place) []string { return p.functions("") }, nil, map[string][]Verb{
		"lambda:GetFunction": {Attach}, "lambda:ListVersionsByFunction": {Attach}, "lambda:UpdateFunctionConfiguration": {Attach},
		"lambda:PublishVersion": {Attach}, "lambda:GetAlias": {Attach}, "lambda:UpdateAlias": {Attach}}},
	{"FunctionVersions", func(p Place) []string { return p.functions(":*") }, nil, map[string][]Verb{"lambda:GetFunction": {Attach}}},
	{"OtherLayers", Place.otherLayers, nil, map[string][]Verb{"lambda:GetLayerVersion": {Attach}}},
	{"Metrics", func(Place) []string { return []string{"*"} }, nil, map[string][]Verb{"cloudwatch:GetMetricData": {Attach}}},
}

// For returns the policy for the verbs in all places, which must be in the same account.
// Statements with the same resources or the same actions are merged.
func For(places []Place, verbs ...Verb) Document {
	byResources := map[string]*Statement{}
	d := Document{Version: "2012-10-17"}
	for _, n := range needs {
		for _, p := range places {
			actions := n.wanted(p, verbs)
			if len(actions) == 0 {
				continue
			}
			resources := n.on(p)
			slices.Sort(resources)
			key := strings.Join(resources, "\n")
			s := byResources[key]
			if s == nil {
				s = &Statement{Sid: n.sid, Effect: "Allow", Resource: resources}
				byResources[key] = s
			}
			s.Action = append(s.Action, actions...)
		}
	}
	byActions := map[string]*Statement{}
	for _, key := range slices.Sorted(maps.Keys(byResources)) {
		s := byResources[key]
		slices.Sort(s.Action)
		s.Action = slices.Compact(s.Action)
		actions := strings.Join(s.Action, " ")
		if same := byActions[actions]; same != nil {
			same.Resource = append(same.Resource, s.Resource...)
			continue
		}
		byActions[actions] = s
	}
	sids := map[string]int{}
	for _, key := range slices.Sorted(maps.Keys(byActions)) {
		s := *byActions[key]
		s.Resource = uncovered(s.Resource)
		if sids[s.Sid]++; sids[s.Sid] > 1 {
			s.Sid += string(rune('A' + sids[s.Sid] - 1))
		}
		d.Statement = append(d.Statement, s)
	}
	slices.SortFunc(d.Statement, func(a, b Statement) int { return cmp.Compare(a.Sid, b.Sid) })
	return d
}

// uncovered returns the resources, sorted, without those that are covered by the "*" of
// another resource.
func uncovered(resources []string) []string {
	slices.Sort(resources)
	all := slices.Compact(resources)
	return slices.DeleteFunc(slices.Clone(all), func(r string) bool {
		return slices.ContainsFunc(all, func(pattern string) bool { return pattern != r && like(pattern, r) })
	})
}

func (n need) wanted(p Place, verbs []Verb) (actions []string) {
	if n.when != nil && !n.when(p) {
		return nil
	}
	for _, action := range slices.Sorted(maps.Keys(n.actions)) {
		if slices.ContainsFunc(verbs, func(v Verb) bool { return slices.Contains(n.actions[action], v) }) {
			actions = append(actions, action)
		}
	}
	return actions
}

func (p Place) arn(service string) string {
	return "arn:" + cmp.Or(p.Partition, "aws") + ":" + service + ":" + p.Region + ":" + p.Account + ":"
}

func (p Place) s3() string     { return "arn:" + cmp.Or(p.Partition, "aws") + ":s3:::" }
func (p Place) bucket() string { return p.s3() + p.Bucket }
func (p Place) hasCache() bool { return p.Cache != "" }

func (p Place) object(key string) string {
	if p.Prefix == "" {
		return p.bucket() + "/" + key
	}
	return p.bucket() + "/" + p.Prefix + "/" + key
}

func (p Place) objects() []string           { return []string{p.object("*")} }
func (p Place) layer() string               { return p.arn("lambda") + "layer:" + p.Layer }
func (p Place) function(name string) string { return p.arn("lambda") + "function:" + name }
func (p Place) parameter() string {
	return p.arn("ssm") + "parameter/" + strings.TrimPrefix(p.Parameter, "/")
}

func (p Place) functions(suffix string) (arns []string) {
	for _, name := range p.Functions {
		arns = append(arns, p.function(name)+suffix)
	}
	if len(arns) == 0 {
		arns = []string{p.function("*") + suffix}
	}
	return arns
}

func (p Place) otherLayers() []string {
	if len(p.Layers) == 0 {
		return []string{"arn:" + cmp.Or(p.Partition, "aws") + ":lambda:" + p.Region + ":*:layer:*:*"}
	}
	return slices.Clone(p.Layers)
}

// Bucket returns the bucket policy for reference mode, in which Lambda reads the zips for as
// long as the versions exist. It has the two actions listed at
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-self-managed-storage.html. The
// publisher does not need s3:GetObjectVersion, because lamella does not specify a version of
// an object.
func Bucket(p Place) Document {
	return Document{Version: "2012-10-17", Statement: []Statement{{
		Sid: "LambdaReadsLayers", Effect: "Allow", Principal: map[string]string{"Service": "lambda.amazonaws.com"},
		Action: []string{"s3:GetObject", "s3:GetObjectVersion"}, Resource: []string{p.object("layer/zip/*")},
		Condition: map[string]map[string]string{"StringEquals": {"aws:SourceAccount": p.Account}},
	}}}
}

// Trust returns the trust policy of a role that lamella assumes from another account.
// principal is the ARN of the role or user in that account. The sessions are called
// "lamella".
func Trust(principal string) Document {
	return Document{Version: "2012-10-17", Statement: []Statement{{
		Sid: "LamellaMayAssume", Effect: "Allow", Principal: map[string]string{"AWS": principal}, Action: []string{"sts:AssumeRole"},
		Condition: map[string]map[string]string{"StringEquals": {"sts:RoleSessionName": "lamella"}},
	}}}
}

// With returns d with the missing statements of other added, each with a Sid of its own.
func (d Document) With(other Document) Document {
	d.Version = other.Version
	for _, s := range other.Statement {
		if slices.ContainsFunc(d.Statement, func(t Statement) bool { return slices.Equal(s.Resource, t.Resource) }) {
			continue
		}
		if n := len(d.Statement); n > 0 {
			s.Sid += strconv.Itoa(n + 1)
		}
		d.Statement = append(slices.Clip(d.Statement), s)
	}
	return d
}

// Allows reports whether the policy allows an action on a resource. As in IAM, "*" and "?"
// match any text and any character. It ignores conditions.
func (d Document) Allows(action, resource string) bool {
	return slices.ContainsFunc(d.Statement, func(s Statement) bool {
		return s.Effect == "Allow" && slices.Contains(s.Action, action) &&
			slices.ContainsFunc(s.Resource, func(pattern string) bool { return like(pattern, resource) })
	})
}

// like reports whether text matches a pattern.
func like(pattern, text string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if len(text) < len(head) || !star && len(text) != len(head) {
		return false
	}
	for i := range len(head) {
		if head[i] != '?' && head[i] != text[i] {
			return false
		}
	}
	if !star {
		return true
	}
	for i := len(head); i <= len(text); i++ {
		if like(rest, text[i:]) {
			return true
		}
	}
	return false
}
