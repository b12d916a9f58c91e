package aws

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/lamella-build/lamella/fault"
)

// check rejects unknown encryptions and ACLs.
func (s Storage) check() error {
	refuse := func(message string, hints ...string) error {
		return &fault.Error{Kind: fault.Usage, Message: message, Hints: hints}
	}
	switch {
	case s.SSE != "" && s.SSE != string(types.ServerSideEncryptionAes256) && s.SSE != string(types.ServerSideEncryptionAwsKms):
		return refuse(fmt.Sprintf("unknown encryption method %q", s.SSE), "use S3-managed keys: --sse AES256", "or use a KMS key: --sse aws:kms")
	case s.SSE == string(types.ServerSideEncryptionAes256) && s.KMSKey != "":
		return refuse("--sse AES256 cannot be combined with --kms-key", "remove --kms-key, or encrypt with the key: --sse aws:kms")
	case s.ACL != "" && s.ACL != string(types.ObjectCannedACLBucketOwnerFullControl):
		return refuse(fmt.Sprintf("the ACL %q is not supported", s.ACL), "use the only supported ACL: --acl bucket-owner-full-control")
	}
	return nil
}

// encryption returns the encryption that writes request, and its key (S3 user guide,
// "Protecting data with server-side encryption").
func (o *Objects) encryption() (types.ServerSideEncryption, *string) {
	if o.sse == "" && o.kmsKey != "" {
		return types.ServerSideEncryptionAwsKms, str(o.kmsKey)
	}
	return types.ServerSideEncryption(o.sse), optional(o.kmsKey)
}
