package policy

import (
	"slices"
	"testing"
)

// request is one of a principal to a resource with a policy of its own.
type request struct{ principalType, principal, action, resource, key, value string }

// permits evaluates a policy of a resource, with its conditions.
func permits(d Document, r request) bool {
	return slices.ContainsFunc(d.Statement, func(s Statement) bool {
		if s.Effect != "Allow" || s.Principal[r.principalType] != r.principal || !slices.Contains(s.Action, r.action) {
			return false
		}
		if len(s.Resource) > 0 && !slices.ContainsFunc(s.Resource, func(p string) bool { return like(p, r.resource) }) {
			return false
		}
		for operator, values := range s.Condition {
			for key, value := range values {
				if operator != "StringEquals" || key != r.key || value != r.value {
					return false
				}
			}
		}
		return true
	})
}

// Each part of the bucket policy and of the trust policy admits what it is for: a request
// that differs in any one part is denied.
func TestResourcePolicies(t *testing.T) {
	role := "arn:aws:iam::210987654321:role/ci"
	reads := request{"Service", "lambda.amazonaws.com", "s3:GetObject", place.object("layer/zip/x"), "aws:SourceAccount", place.Account}
	version := reads
	version.action = "s3:GetObjectVersion"
	assumes := request{"AWS", role, "sts:AssumeRole", "", "sts:RoleSessionName", "lamella"}
	for _, test := range []struct {
		policy  Document
		request request
	}{{Bucket(place), reads}, {Bucket(place), version}, {Trust(role), assumes}} {
		if !permits(test.policy, test.request) {
			t.Errorf("%+v is denied", test.request)
		}
		for part := range 5 {
			other := test.request
			switch part {
			case 0:
				other.principal = "arn:aws:iam::999999999999:root"
			case 1:
				other.action = "s3:PutObject"
			case 2:
				if other.resource == "" {
					continue // the trust policy is about its own role
				}
				other.resource = place.object("layer/1/lamella.json")
			case 3:
				other.key = ""
			case 4:
				other.value = "999999999999"
			}
			if permits(test.policy, other) {
				t.Errorf("%+v is allowed", other)
			}
		}
	}
}
