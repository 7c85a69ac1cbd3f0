//! The last events, for listeners that come late.

crate::scenario::scenarios! {
    "/tests/browser/history.js"
    nothing_is_kept_unless_it_is_asked_for
    the_last_events_are_kept_oldest_first
    a_listener_finds_the_event_it_hears_already_there
    events_nobody_listens_to_are_kept_with_all_that_is_known_of_them
    what_is_kept_does_not_depend_on_listeners
    what_a_parse_of_one_s_own_refuses_is_kept_as_it_came
    what_ends_the_stream_is_kept_only_if_it_is_delivered
    what_ends_the_stream_is_not_kept
    what_was_not_delivered_is_not_kept
    what_is_emitted_locally_is_not_kept
    events_are_kept_across_connections
    a_history_that_was_read_does_not_change
    together_the_events_are_no_larger_than_one_may_be
    many_events_pass_through_a_long_history
}
