package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/internal/policy"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/store"
)

// policyVerbs maps each command to the verb that determines its permissions.
var policyVerbs = map[string]policy.Verb{
	"plan": policy.Deploy, "apply": policy.Deploy, "deploy": policy.Deploy, "upload": policy.Deploy, "publish": policy.Deploy, "rollback": policy.Deploy, "verify": policy.Deploy,
	"ls": policy.Read, "status": policy.Read, "users": policy.Read, "history": policy.Read, "show": policy.Read, "diff": policy.Read,
	"share": policy.Share, "prune": policy.Prune, "attach": policy.Attach, "hold": policy.Hold, "release": policy.Hold,
}

// policyOptions are the flags of policy.
type policyOptions struct {
	verbs  []policy.Verb
	bucket bool
	trust  string
}

func (a *app) policyCommand() *cobra.Command {
	var in input
	var o policyOptions
	cmd := &cobra.Command{
		Use:   "policy [COMMAND...]",
		Short: "Print the minimal IAM policy for the commands you name",
		Long: `Print the minimal IAM policy that the given commands need for the configured layers. For
several accounts, print a JSON object with one policy per account. lamella ls --all also
needs lambda:ListLayers on "*", which the printed policy does not include.

COMMAND is a lamella command, such as deploy or prune, or "hold", which stands for the
flag --hold of rollback: lamella policy rollback hold. At least one COMMAND is required,
except with --bucket or --trust.

--bucket prints the bucket policy that storage = "reference" needs. --trust prints the
trust policy for the roles in role-arn; ARN is the user or role that assumes them.`,
		Example: `  lamella policy deploy attach > policy.json
  lamella policy ls prune --account 123456789012
  lamella policy --bucket
  lamella policy --trust arn:aws:iam::123456789012:role/ci`,
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range args {
				verb, ok := policyVerbs[name]
				if !ok {
					return usageError(name, fmt.Sprintf("%q is not a command that needs a policy", name), "choose one of: "+strings.Join(slices.Sorted(maps.Keys(policyVerbs)), ", "))
				}
				o.verbs = append(o.verbs, verb)
			}
			if len(args) == 0 && !o.bucket && o.trust == "" {
				return usageError(cmd.Name(), "lamella policy needs at least one command", "lamella policy deploy", "lamella policy "+strings.Join(slices.Sorted(maps.Keys(policyVerbs)), " "))
			}
			layers, err := a.layers(cmd, &in, nil)
			if err != nil {
				return err
			}
			return a.policy(cmd.Context(), layers, o)
		},
	}
	in.bindVersions(cmd)
	for _, flag := range []string{"runtime", "arch"} { // a policy is not about versions
		reword(cmd, flag, "; does not choose among a layer's versions", "")
	}
	show(cmd, []string{"kms-key", "acl"}, parameterFlags)
	cmd.Flags().BoolVar(&o.bucket, "bucket", false, `print the bucket policy for storage = "reference"`)
	cmd.Flags().StringVar(&o.trust, "trust", "", "print the trust policy that lets this user or role assume the roles")
	annotate(cmd.Flags(), "trust", annotationValue, "ARN")
	return cmd
}

// policy prints a document for each account.
func (a *app) policy(ctx context.Context, layers []lamella.Layer, o policyOptions) error {
	if o.trust != "" {
		return a.printPolicies(map[string]policy.Document{"": policy.Trust(o.trust)})
	}
	places := map[string][]policy.Place{}
	for _, l := range layers {
		p, err := a.policyPlace(ctx, l)
		if err != nil {
			return err
		}
		places[p.Account] = append(places[p.Account], p)
	}
	documents := map[string]policy.Document{}
	for account, all := range places {
		if !o.bucket {
			documents[account] = policy.For(all, o.verbs...)
			continue
		}
		for _, p := range all {
			if p.Reference {
				documents[p.Bucket] = documents[p.Bucket].With(policy.Bucket(p))
			}
		}
	}
	if len(documents) == 0 {
		return &fault.Error{Kind: fault.Usage, Message: `no layer has storage = "reference", so no bucket policy is needed`, Hints: []string{"print the IAM policy instead: lamella policy deploy"}}
	}
	return a.printPolicies(documents)
}

// policyPlace describes a layer at its destination in the form that package policy needs.
func (a *app) policyPlace(ctx context.Context, l lamella.Layer) (policy.Place, error) {
	p := policy.Place{Layer: l.Name, Region: a.env().RegionOf(l), ACL: l.ACL != "", Share: len(l.Share) > 0, Reference: l.Storage == spec.StorageReference}
	if l.RoleARN == "" { // the cache is accessed without assuming a role
		p.Cache = strings.TrimPrefix(strings.TrimRight(l.Cache, "/"), "s3://")
	}
	switch {
	case l.IsLocal():
		return p, &fault.Error{Kind: fault.Usage, Message: "no IAM policy is needed to publish to a folder: " + l.To, Hints: []string{"print the policy for a destination in S3: lamella policy deploy --to s3://BUCKET/PREFIX/{layer}"}}
	case p.Region == "":
		return p, &fault.Error{Kind: fault.Usage, Message: "no AWS region is set for layer " + l.Name, Hints: []string{"set the region: export AWS_REGION=eu-central-1", "or set it for this run: --region eu-central-1"}}
	case strings.HasPrefix(p.Region, "cn-"):
		p.Partition = "aws-cn"
	case strings.HasPrefix(p.Region, "us-gov-"):
		p.Partition = "aws-us-gov"
	}
	var err error
	if p.Account, err = a.client().Account(ctx, l); err != nil {
		return p, err
	}
	fill := func(key, value string) (filled string) {
		if err == nil {
			filled, err = l.Fill(key, value, a.env(), func() (string, error) { return p.Account, nil })
		}
		return filled
	}
	to, key := fill("to", l.To), fill("kms-key", l.KMSKey)
	p.Parameter = fill("ssm-parameter", l.SSMParameter)
	if err != nil {
		return p, err
	}
	prefix, err := store.ParsePrefix(to)
	p.Bucket, p.Prefix = prefix.Bucket, strings.Trim(prefix.Path, "/")
	p.KMSKey = keyARN(key, p)
	p.Functions = policyFunctions(l.Attach)
	return p, err
}

// keyARN returns the ARN of a key. An alias does not match in a policy, so for an alias, it
// returns an ARN that matches any key in the account.
func keyARN(key string, p policy.Place) string {
	name := strings.TrimPrefix(key[strings.LastIndex(key, ":")+1:], "key/")
	switch {
	case key == "" || strings.Contains(key, ":key/"):
		return key
	case strings.HasPrefix(name, "alias/"):
		name = "*"
	}
	return "arn:" + cmp.Or(p.Partition, "aws") + ":kms:" + p.Region + ":" + p.Account + ":key/" + name
}

// policyFunctions returns the names and patterns of functions in IAM's notation. It returns
// nil, which means all functions, if tags or character classes are used.
func policyFunctions(attach []string) []string {
	if slices.ContainsFunc(attach, func(word string) bool { return strings.HasPrefix(word, "tag:") || strings.ContainsAny(word, `[\`) }) {
		return nil
	}
	return attach
}

// printPolicies prints a single document as it is, and several keyed by account or bucket.
func (a *app) printPolicies(documents map[string]policy.Document) error {
	names := slices.Sorted(maps.Keys(documents))
	text := string(documents[names[0]].JSON())
	if len(names) > 1 {
		data, err := json.MarshalIndent(documents, "", "  ")
		if err != nil {
			return err
		}
		text = string(data) + "\n"
	}
	var view output.Policies
	for _, name := range names {
		view.Policies = append(view.Policies, output.Policy{Of: name, Document: documents[name]})
	}
	return a.printResult(text, view)
}
