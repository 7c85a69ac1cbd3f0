//! What a response's head means, and what an error says of it.

crate::scenario::scenarios! {
    "/tests/browser/head.js"
    a_content_type_means_what_the_fetch_standard_makes_of_it
    retry_after_is_seconds_with_fractions_rounded_up
    what_is_no_retry_after_is_ignored
    retry_after_may_be_each_form_of_an_http_date
    an_error_names_the_type_and_the_url_that_came
    an_error_has_the_headers_of_the_response
    no_content_has_headers_too
    validate_is_named_when_it_refuses
    the_causes_of_a_cause_are_told
    a_token_is_hidden_however_it_is_written
    the_token_before_a_refresh_is_hidden_too
}
