package aws

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/store"
)

// useLayer is the only action that a layer version's policy can permit.
const useLayer = "lambda:GetLayerVersion"

// Grants implements store.Sharing with GetLayerVersionPolicy, which returns "not found" for
// a version without a policy as well as for a missing version.
func (l *Layers) Grants(ctx context.Context, name string, version int64) ([]store.Grant, error) {
	out, err := l.client().GetLayerVersionPolicy(ctx, &lambda.GetLayerVersionPolicyInput{LayerName: str(name), VersionNumber: awssdk.Int64(version)})
	if errorCode(err) == notFound {
		_, err := l.Version(ctx, name, version)
		return nil, err
	}
	if err != nil {
		return nil, l.explain(err, "read the permissions of a version of", "lambda:GetLayerVersionPolicy", name)
	}
	grants, err := parsePolicy([]byte(awssdk.ToString(out.Policy)))
	if err != nil {
		return nil, l.explain(&incomplete{"GetLayerVersionPolicy", err.Error(), err}, "read the permissions of a version of", "lambda:GetLayerVersionPolicy", name)
	}
	return grants, nil
}

// Grant implements store.Sharing with AddLayerVersionPermission.
func (l *Layers) Grant(ctx context.Context, name string, version int64, g store.Grant) error {
	in := &lambda.AddLayerVersionPermissionInput{
		LayerName: str(name), VersionNumber: awssdk.Int64(version),
		StatementId: str(g.ID), Action: str(useLayer), Principal: str(string(g.Principal)),
	}
	if g.Principal.IsOrganization() {
		in.Principal, in.OrganizationId = str("*"), str(string(g.Principal))
	}
	_, err := l.client().AddLayerVersionPermission(ctx, in)
	switch {
	case errorCode(err) == "ResourceConflictException":
		return fmt.Errorf("statement %s of version %d of layer %s %w", g.ID, version, name, store.ErrExist)
	case errorCode(err) == notFound:
		return fmt.Errorf("version %d of layer %s %w", version, name, store.ErrNotExist)
	case err != nil:
		return l.explain(err, "share a version of", "lambda:AddLayerVersionPermission", name)
	}
	return nil
}

// Revoke implements store.Sharing with RemoveLayerVersionPermission.
func (l *Layers) Revoke(ctx context.Context, name string, version int64, id string) error {
	_, err := l.client().RemoveLayerVersionPermission(ctx, &lambda.RemoveLayerVersionPermissionInput{
		LayerName: str(name), VersionNumber: awssdk.Int64(version), StatementId: str(id)})
	if err != nil && errorCode(err) != notFound {
		return l.explain(err, "stop sharing a version of", "lambda:RemoveLayerVersionPermission", name)
	}
	return nil
}

// parsePolicy parses the statements of a layer version's policy that permit its use (IAM
// user guide, "IAM JSON policy elements").
func parsePolicy(data []byte) ([]store.Grant, error) {
	var policy struct{ Statement statements }
	if err := bound.UnmarshalJSON(data, &policy); err != nil {
		return nil, fmt.Errorf("its Policy is unreadable: %w", err)
	}
	if policy.Statement == nil {
		return nil, errors.New("its Policy has no Statement")
	}
	var grants []store.Grant
	for _, s := range policy.Statement {
		switch {
		case s.Effect == "Deny":
			continue
		case s.Effect != "Allow" || len(s.Principal) == 0:
			return nil, fmt.Errorf("statement %q of its Policy has no Effect or no Principal", s.Sid)
		}
		who := []string(s.Principal)
		if organizations := s.Condition["StringEquals"]["aws:PrincipalOrgID"]; len(organizations) > 0 {
			who = organizations
		}
		for _, p := range who {
			if p == "" {
				return nil, fmt.Errorf("statement %q of its Policy has an empty Principal", s.Sid)
			}
			grants = append(grants, store.Grant{ID: s.Sid, Principal: principal(p)})
		}
	}
	return grants, nil
}

var wholeAccount = regexp.MustCompile(`^arn:[a-z-]+:iam::([0-9]{12}):root$`)

// principal shortens the ARN of an account's root user to the account number.
func principal(s string) store.Principal {
	if m := wholeAccount.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	return store.Principal(s)
}

// statements is a list of statements, or a single one.
type statements []struct {
	Sid       string
	Effect    string
	Principal principals
	Condition map[string]map[string]words
}

func (s *statements) UnmarshalJSON(data []byte) error {
	type plain statements
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		data = slices.Concat([]byte("["), data, []byte("]"))
	}
	return json.Unmarshal(data, (*plain)(s))
}

// words is a list of JSON strings, or a single one.
type words []string

func (w *words) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*w = words{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(w))
}

// principals is "*", or an object such as {"AWS": "arn:aws:iam::123456789012:root"}.
type principals words

func (p *principals) UnmarshalJSON(data []byte) error {
	var byKind map[string]words
	if json.Unmarshal(data, &byKind) != nil {
		return (*words)(p).UnmarshalJSON(data)
	}
	for _, names := range byKind {
		*p = append(*p, names...)
	}
	return nil
}
