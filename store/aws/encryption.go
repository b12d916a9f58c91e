package aws

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/lamella-build/lamella/fault"
)

// checkStorage refuses unknown encryptions and ACLs.
func (o Options) checkStorage() error {
	refuse := func(message string, hints ...string) error {
		return &fault.Error{Kind: fault.Usage, Message: message, Hints: hints}
	}
	switch {
	case o.SSE != "" && o.SSE != string(types.ServerSideEncryptionAes256) && o.SSE != string(types.ServerSideEncryptionAwsKms):
		return refuse(fmt.Sprintf("unknown encryption %q", o.SSE), "--sse AES256", "--sse aws:kms")
	case o.SSE == string(types.ServerSideEncryptionAes256) && o.KMSKey != "":
		return refuse("--sse AES256 cannot be combined with --kms-key", "--sse aws:kms, or omit --kms-key")
	case o.ACL != "" && o.ACL != string(types.ObjectCannedACLBucketOwnerFullControl):
		return refuse(fmt.Sprintf("unknown ACL %q", o.ACL), "--acl bucket-owner-full-control")
	}
	return nil
}

// encryption returns the encryption that writes request (S3 user guide, "Protecting data
// with server-side encryption").
func (o *Objects) encryption() (types.ServerSideEncryption, *string) {
	if o.sse == "" && o.kmsKey != "" {
		return types.ServerSideEncryptionAwsKms, str(o.kmsKey)
	}
	return types.ServerSideEncryption(o.sse), optional(o.kmsKey)
}
