package aws

import (
	"fmt"
	"regexp"
	"strings"
)

// denials lists the kinds of policies that can deny access, in IAM's words ("with an
// explicit deny in a service control policy"; IAM user guide, "Troubleshoot access denied
// error messages"), and who can change them.
var denials = []struct{ words, who, hint string }{
	{"service control policy", "a service control policy of the organization", "ask the organization's administrator to allow %s, because no policy in this account can do so"},
	{"resource control policy", "a resource control policy of the organization", "ask the organization's administrator to allow %s, because no policy in this account can do so"},
	{"permissions boundary", "the permissions boundary of the role or user", "allow %s in the permissions boundary as well as in the policy"},
	{"session policy", "the session policy", "allow %s in the session policy, or assume the role without one"},
	{"VPC endpoint policy", "the VPC endpoint policy", "allow %s in the VPC endpoint policy"},
	{"resource-based policy", "a resource-based policy", "change the Deny statement for %s in the bucket policy or key policy so that it does not apply to these credentials"},
	{"identity-based policy", "a policy of the role or user", "remove the Deny statement for %s from the policies of the role or user, because it overrides every Allow"},
}

// allowIn changes a hint about a Deny statement for a policy without any statement.
var allowIn = strings.NewReplacer("remove the Deny statement for %s from", "allow %s in",
	"change the Deny statement for %s in", "allow %s in", " so that it does not apply to these credentials", "")

var actionOf = regexp.MustCompile(`(?:to perform: |action: |perform )([a-z0-9-]+:[A-Za-z]+)`)

// denied explains "access denied": which permission is missing, and who can grant it.
func (r request) denied(message string) diagnosis {
	action := r.action
	if m := actionOf.FindStringSubmatch(message); m != nil {
		action = m[1]
	}
	d := diagnosis{message: "access denied: the credentials do not allow " + action + ", which is needed to " + r.task()}
	for _, deny := range denials {
		if strings.Contains(message, deny.words) && (strings.Contains(message, "explicit deny") || deny.words != "identity-based policy" && strings.Contains(message, "no "+deny.words)) {
			verb, hint := "denies", deny.hint
			if !strings.Contains(message, "explicit deny") { // no statement allows the action
				verb, hint = "does not allow", allowIn.Replace(hint)
			}
			if service, _, _ := strings.Cut(action, ":"); service == "s3" || service == "kms" {
				hint = strings.Replace(hint, "bucket policy or key policy", map[string]string{"s3": "bucket policy", "kms": "key policy"}[service], 1)
			}
			d.message = "access denied: " + deny.who + " " + verb + " " + action + ", which is needed to " + r.task()
			d.hints = append(d.hints, fmt.Sprintf(hint, action))
			if verb == "does not allow" && strings.HasPrefix(action, "s3:") && deny.words == "resource-based policy" {
				d.hints = append(d.hints, "or, if the bucket is in your account, allow "+action+" in a policy of the role or user")
			}
			break
		}
	}
	switch {
	case strings.HasPrefix(action, "kms:") && action != r.action:
		d.hints = append(d.hints, "allow "+action+" on the key; if the key belongs to another account, allow it in the key policy too")
		return d
	case action != r.action && len(d.hints) > 0: // the policy that denies it is known
		return d
	case action != r.action:
		d.hints = []string{"allow " + action + ", which " + r.action + " requires"}
		return d
	case len(d.hints) == 0 && r.action == "sts:GetCallerIdentity": // which no identity-based policy can deny
		d.message = "cannot determine which account the credentials belong to, because " + r.action + " was refused"
		d.hints = []string{"check the credentials: aws sts get-caller-identity",
			"check the proxy (HTTPS_PROXY) and the policy of the VPC endpoint for STS, because the call itself needs no permission"}
	case len(d.hints) == 0:
		d.hints = []string{"allow " + r.action + " on " + r.resource}
	}
	switch r.action {
	case "s3:GetObject":
		d.hints = append(d.hints, "allow s3:ListBucket on arn:"+partition(r.region)+":s3:::"+r.bucket+" too, because without it, S3 returns \"access denied\" instead of \"not found\" for a missing object")
	case "s3:PutObject":
		conditions := []string{"if the bucket policy requires encryption, encrypt the objects: --sse AES256, or --sse aws:kms with --kms-key KEY and the permissions kms:GenerateDataKey and kms:Decrypt",
			"if the bucket belongs to another account, give that account full control of the objects: --acl bucket-owner-full-control, with the permission s3:PutObjectAcl"}
		if change := d.hints[0]; strings.HasPrefix(change, "change the Deny statement") { // meeting its conditions may be enough
			d.hints = []string{conditions[0], "or, " + conditions[1], "or " + change}
			break
		}
		d.hints = append(d.hints, conditions...)
	}
	return d
}

// decryptHint is the hint for zips that Lambda reads with the permissions of the caller.
const decryptHint = "allow the identity that publishes the layer to use kms:Decrypt on the key; if the key belongs to another account, allow kms:Decrypt in the key policy too"

// keyRefused explains an error about the key that encrypts the zip.
func keyRefused(code string) diagnosis {
	if strings.Contains(code, "AccessDenied") {
		return diagnosis{message: "Lambda cannot decrypt the zip with your permissions", hints: []string{decryptHint}}
	}
	return diagnosis{message: "Lambda cannot use the key that encrypts the zip", hints: []string{
		"enable the key with aws kms enable-key, or encrypt the zip with another one: --kms-key KEY"}}
}

// refusedContent explains why PublishLayerVersion rejects a zip or a declaration. It depends
// on Lambda's messages, which are not documented.
func (r request) refusedContent(message string) diagnosis {
	lower := strings.ToLower(message)
	switch there := regionIn(message); {
	case there != "" && there != r.region:
		return diagnosis{message: "Lambda in " + r.region + " reads only buckets in its own region", hints: []string{"use the bucket's region: export AWS_REGION=" + there}}
	case strings.Contains(lower, "kms") || strings.Contains(lower, "decrypt"):
		return diagnosis{message: "Lambda cannot decrypt the zip with your permissions", hints: []string{decryptHint}}
	case strings.Contains(message, "S3 Error Code: AccessDenied"), strings.Contains(lower, "s3:getobject"):
		return diagnosis{message: "Lambda cannot read the zip with your permissions", hints: []string{
			"allow the identity that publishes the layer to use s3:GetObject on the objects in the bucket, and also s3:GetObjectVersion if the bucket has versioning",
			"allow kms:Decrypt too, if the bucket is encrypted with a KMS key"}}
	case strings.Contains(lower, "compatibleruntimes"), strings.Contains(lower, "runtime") && unavailable(lower):
		return diagnosis{message: "Lambda in " + r.region + " does not support this runtime", hints: []string{
			"declare a supported runtime: --compatible-runtime RUNTIME", "or publish in another region: --region NAME"}}
	case strings.Contains(lower, "compatiblearchitectures"), strings.Contains(lower, "architecture") && unavailable(lower):
		return diagnosis{message: "Lambda in " + r.region + " does not support this architecture", hints: []string{
			"build for the other architecture: --arch x86_64", "or publish in another region: --region NAME"}}
	}
	return diagnosis{}
}

// unavailable reports whether a message says that something is not supported.
func unavailable(message string) bool {
	for _, word := range []string{"not supported", "not available", "unsupported", "isn't supported", "isn't available", "failed to satisfy", "invalid"} {
		if strings.Contains(message, word) {
			return true
		}
	}
	return false
}
