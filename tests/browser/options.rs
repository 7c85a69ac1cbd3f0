//! Options are checked at once, and strictly.

crate::scenario::scenarios! {
    "/tests/browser/options.js"
    a_wrong_option_is_named_with_what_was_given_and_what_is_accepted
    a_wrong_option_of_backoff_is_named_too
    a_first_delay_beyond_the_longest_is_refused
    an_unknown_option_is_refused_and_the_known_ones_are_named
    what_a_later_version_brings_is_not_available_yet
    tokens_come_from_one_place_only
    an_auth_and_each_of_its_functions_is_accepted
    null_and_undefined_mean_the_default
    options_are_an_object
    the_limits_themselves_are_accepted
    a_get_has_no_body
    the_url_is_a_string_or_a_url
    a_url_is_of_a_scheme_that_fetch_takes
    a_host_without_a_scheme_gets_a_proposal
    a_url_of_another_frame_is_one_too
    credentials_in_the_url_are_refused_without_being_repeated
    changing_the_options_afterwards_changes_nothing
    a_token_in_the_headers_is_in_no_debug_output
    a_token_in_wrong_headers_is_in_no_error_message
    a_token_in_what_a_callback_throws_is_in_no_debug_output
    what_object_prototype_carries_is_no_option
    options_may_be_inherited
    debug_true_writes_to_the_console
    debug_that_throws_is_reported_and_stops_nothing
}
