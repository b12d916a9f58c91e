package doctor

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

// Commands that need more permissions than a deploy, for Check.For.
const (
	forPrune = "prune"
	forShare = "share"
)

// optional performs a check of a permission that only another command needs.
func (t *trial) optional(ctx context.Context, name, command string, do func(context.Context) error) {
	t.try(ctx, name, func(ctx context.Context) (string, error) { return "", do(ctx) })
	t.d.Checks[len(t.d.Checks)-1].For = command
}

// untried adds a permission that was not tried.
func (t *trial) untried(name, command, why string) {
	t.d.Checks = append(t.d.Checks, Check{Name: name, For: command, Untried: why})
}

// key tries to use the key with which objects are encrypted.
func (t *trial) key(ctx context.Context, layers *aws.Layers) {
	o, ok := t.opened.Objects.(*aws.Objects)
	if !ok || !o.Encrypts() {
		return
	}
	t.try(ctx, "kms:GenerateDataKey", func(ctx context.Context) (string, error) { return "", layers.TryKey(ctx, o) })
}

// parameter tries to read and write the parameter that receives the ARN.
func (t *trial) parameter(ctx context.Context, layers *aws.Layers) {
	name := t.opened.Parameter
	if name == "" {
		return
	}
	t.try(ctx, "ssm:GetParameter", func(ctx context.Context) (string, error) {
		_, err := layers.Parameter(ctx, name)
		return name, err
	})
	t.try(ctx, "ssm:PutParameter", func(ctx context.Context) (string, error) {
		return name, layers.TryParameter(ctx, name)
	})
}

// sharing tries to share a version, which a deploy does if share is configured.
func (t *trial) sharing(ctx context.Context, layers *aws.Layers, version int64) {
	const action = "lambda:AddLayerVersionPermission"
	account := t.d.Identity.Account
	grant := func(ctx context.Context) error { return layers.TryGrant(ctx, t.l.Name, version, account) }
	switch {
	case account == "":
		t.untried(action, forShare, "the account is not known")
	case len(t.l.Share) == 0:
		t.optional(ctx, action, forShare, grant)
	default:
		t.try(ctx, action, func(ctx context.Context) (string, error) { return "", grant(ctx) })
	}
}

// pruning tries to delete a version.
func (t *trial) pruning(ctx context.Context, layers *aws.Layers) {
	t.optional(ctx, "lambda:DeleteLayerVersion", forPrune, func(ctx context.Context) error { return layers.TryDelete(ctx, t.l.Name) })
	t.untried("s3:DeleteObject", forPrune, "a bucket with versioning would keep a delete marker")
}

// attaching tries to list functions, and to update one of the functions that attach names.
func (t *trial) attaching(ctx context.Context, layers *aws.Layers) {
	if len(t.l.Attach) == 0 {
		return
	}
	var listed []store.Function
	t.try(ctx, "lambda:ListFunctions", func(ctx context.Context) (found string, err error) {
		listed, err = layers.SomeFunctions(ctx)
		return "", err
	})
	const read, update = "lambda:GetFunction", "lambda:UpdateFunctionConfiguration"
	name := oneOf(t.l.Attach, listed)
	if name == "" {
		t.untried(update, "", "the configuration key \"attach\" names no function, and the first functions of the region match none of its patterns")
		return
	}
	var f store.Function
	if t.try(ctx, read, func(ctx context.Context) (found string, err error) {
		f, err = layers.Function(ctx, name, "")
		if errors.Is(err, store.ErrNotExist) {
			err = &fault.Error{Kind: fault.Destination, Subject: name, Message: "the configuration key \"attach\" names function " + name + ", which does not exist", Sentinel: err,
				Hints: []string{"list the functions: aws lambda list-functions --query 'Functions[].FunctionName'"}}
		}
		return name, err
	}) {
		t.try(ctx, update, func(ctx context.Context) (string, error) { return name, layers.TryUpdate(ctx, f) })
	}
}

// oneOf returns a function that attach selects: a function that it names, or a listed one
// that matches a pattern. It returns "" if there is none.
func oneOf(attach []string, listed []store.Function) string {
	var patterns []string
	for _, word := range attach {
		switch {
		case strings.HasPrefix(word, "tag:"): // a listing has no tags
		case strings.ContainsAny(word, `*?[\`):
			patterns = append(patterns, word)
		default:
			return word
		}
	}
	for _, f := range listed {
		for _, pattern := range patterns {
			if ok, err := path.Match(pattern, f.Name); ok && err == nil {
				return f.Name
			}
		}
	}
	return ""
}
