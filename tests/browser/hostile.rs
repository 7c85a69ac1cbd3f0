//! Servers, and functions given as options, that mean no good. Nothing of theirs may wedge the client or grow its memory.

crate::scenario::scenarios! {
    "/tests/browser/hostile.js"
    comments_for_ever_take_no_memory
    comments_for_ever_take_no_memory_when_they_are_listened_to
    millions_of_empty_lines_are_nothing
    fields_nobody_knows_take_no_memory
    ids_and_reconnection_times_for_ever_take_no_memory
    events_nobody_listens_to_take_no_memory
    ever_new_types_take_no_memory
    a_line_that_never_ends_is_cut_off_whatever_it_is
    an_event_that_never_ends_is_cut_off
    memory_of_an_event_that_was_too_large_is_used_again
    ids_and_types_of_megabytes_are_delivered_as_they_are
    a_listener_may_wait_for_a_type_of_megabytes
    a_reconnection_time_of_megabytes_is_no_time
    nul_is_a_character_like_any_other_except_in_an_id
    half_characters_may_be_emitted
    a_type_with_half_a_character_is_never_one_of_the_servers
    a_fetch_that_returns_the_worst_ends_the_client_and_nothing_else
    a_status_that_throws_at_the_second_look_is_an_error
    bytes_in_shared_memory_are_bytes_too
    listeners_may_do_their_worst_to_each_other
    a_listener_that_throws_during_a_pause_loses_nothing
}
