package aws

import (
	"fmt"
	"regexp"
	"strings"
)

// by names what an explicit deny comes from, as IAM words it ("with an explicit
// deny in a service control policy"; IAM user guide, "Troubleshoot access denied
// error messages"), and who can change it.
var by = []struct{ words, text, hint string }{
	{"service control policy", "by a service control policy of the organization", "ask the organization's administrator to allow %s: no policy of this account can"},
	{"resource control policy", "by a resource control policy of the organization", "ask the organization's administrator to allow %s: no policy of this account can"},
	{"permissions boundary", "by the permissions boundary of the role or user", "allow %s in the permissions boundary as well as in the policy"},
	{"session policy", "by the policy of the session", "allow %s in the session's policy, or assume the role without one"},
	{"VPC endpoint policy", "by the policy of the VPC endpoint", "allow %s in the policy of the VPC endpoint"},
	{"resource-based policy", "by the policy of the resource itself", "look for a Deny of %s in the policy of the bucket or the key"},
	{"identity-based policy", "by a policy of the role or user", "remove the Deny of %s from the policies of the role or user: it outweighs every Allow"},
}

var actionOf = regexp.MustCompile(`(?:to perform: |action: |perform )([a-z0-9-]+:[A-Za-z]+)`)

// denied explains an answer that says "access denied": which right is missing, and
// who can grant it.
func (r request) denied(said, message string) (text string, hints []string) {
	action := r.action
	if m := actionOf.FindStringSubmatch(message); m != nil {
		action = m[1]
	}
	text = "access denied: " + action + " (" + said + ")"
	for _, deny := range by {
		if strings.Contains(message, deny.words) && (strings.Contains(message, "explicit deny") || deny.words != "identity-based policy" && strings.Contains(message, "no "+deny.words)) {
			text = "access denied: " + action + ", " + deny.text + " (" + said + ")"
			hints = append(hints, fmt.Sprintf(deny.hint, action))
			break
		}
	}
	switch {
	case action != r.action:
		if strings.HasPrefix(action, "kms:") {
			return text, append(hints, "allow "+action+" on the key, in its key policy too if it is of another account")
		}
		hints = append(hints, "allow "+action+", which "+r.action+" needs as well")
		return text, hints
	case len(hints) == 0:
		hints = []string{"allow " + r.action + " on " + r.resource}
	}
	switch r.action {
	case "s3:GetObject":
		hints = append(hints, "allow s3:ListBucket on arn:"+partition(r.region)+":s3:::"+r.bucket+" too: without it S3 says \"denied\" of an object that is absent")
	case "s3:PutObject":
		hints = append(hints, "does the bucket's policy demand encryption? then: --sse AES256, or --sse aws:kms with --kms-key KEY and the rights kms:GenerateDataKey and kms:Decrypt",
			"is the bucket another account's? then: --acl bucket-owner-full-control, with the right s3:PutObjectAcl")
	}
	return text, hints
}

// keyRefused explains what Lambda says of the key by which the zip is encrypted.
func (r request) keyRefused(code, said string) (text string, hints []string) {
	if strings.Contains(code, "AccessDenied") {
		return "Lambda may not decrypt the zip with your rights (" + said + ")", []string{
			"allow kms:Decrypt on the key to whoever publishes, in its key policy too if it is of another account"}
	}
	return "the key that encrypts the zip cannot be used (" + said + ")", []string{
		"enable it: aws kms enable-key --key-id KEY, or store the zip anew by another one: --kms-key KEY"}
}

// refusedContent explains what PublishLayerVersion refuses of the zip or of what
// the version declares; "" if it is something else. The messages are Lambda's and
// not documented.
func (r request) refusedContent(said, message string) (text string, hints []string) {
	lower := strings.ToLower(message)
	switch there := regionIn(message); {
	case there != "" && there != r.region:
		return "Lambda reads only buckets of its own region (" + said + ")", []string{"use the bucket's region: export AWS_REGION=" + there}
	case strings.Contains(lower, "kms") || strings.Contains(lower, "decrypt"):
		return "Lambda may not decrypt the zip with your rights (" + said + ")", []string{
			"allow kms:Decrypt on the key to whoever publishes, in its key policy too if it is of another account"}
	case strings.Contains(message, "S3 Error Code: AccessDenied"), strings.Contains(lower, "s3:getobject"):
		return "Lambda may not read the zip with your rights (" + said + ")", []string{
			"allow s3:GetObject on the bucket to whoever publishes, and s3:GetObjectVersion if it keeps versions",
			"allow kms:Decrypt, too, if the bucket encrypts by a KMS key"}
	case strings.Contains(lower, "compatibleruntimes"), strings.Contains(lower, "runtime") && unavailable(lower):
		return "Lambda in " + r.region + " does not take this runtime (" + said + ")", []string{
			"declare one that it knows: --compatible-runtime RUNTIME", "or publish in another region: --region NAME"}
	case strings.Contains(lower, "compatiblearchitectures"), strings.Contains(lower, "architecture") && unavailable(lower):
		return "Lambda in " + r.region + " does not take this architecture (" + said + ")", []string{
			"build for the other one: --arch x86_64", "or publish in another region: --region NAME"}
	}
	return "", nil
}

func unavailable(message string) bool {
	for _, word := range []string{"not supported", "not available", "unsupported", "isn't supported", "isn't available", "failed to satisfy", "invalid"} {
		if strings.Contains(message, word) {
			return true
		}
	}
	return false
}
