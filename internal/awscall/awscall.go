// Package awscall is what all clients of AWS have in common here, whatever the
// service: how credentials are found and a code for MFA is asked for, that a busy
// service is waited for, that an answer is read whole, and what a failure of
// credentials means for the user.
package awscall
