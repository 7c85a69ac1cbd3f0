//! The life of the page: without network, in the background, in the back/forward cache.

crate::scenario::scenarios! {
    "/tests/browser/page_life.js"
    a_page_that_comes_back_at_once_lets_the_server_see_the_end_of_the_last_request
    a_page_that_was_away_for_long_asks_at_once
    being_offline_cuts_nothing
    failures_while_offline_spend_no_attempt
    a_first_connection_is_tried_at_once_even_when_offline
    reconnect_is_tried_at_once_even_when_offline
    being_online_again_cuts_a_wait_short
    a_wait_that_was_asked_for_is_not_cut_short
    a_wait_that_ends_while_offline_goes_on_until_online
    a_browser_that_is_wrong_about_being_offline_costs_a_minute
    an_answer_that_refuses_counts_even_when_offline
    a_stream_silent_since_before_the_network_went_is_reopened
    a_stream_that_spoke_while_offline_is_kept
    an_answer_to_a_prompt_is_reopened_only_where_it_can_be_resumed
    the_network_is_not_watched_by_those_who_do_not_want_it
    a_hidden_page_keeps_its_stream
    a_hidden_page_lets_go_of_its_stream_where_that_is_wanted
    a_hidden_page_connects_when_it_is_seen
    a_client_that_waits_to_be_seen_can_be_disconnected
    reconnect_opens_a_stream_in_a_hidden_page
    a_wait_goes_on_in_a_hidden_page_and_ends_when_it_is_seen
    a_hidden_page_lets_go_of_a_request_that_asks_for_a_stream
    a_prompt_is_left_alone
    a_token_is_asked_for_to_the_end_and_then_nothing_is_sent
    hidden_and_visible_a_hundred_times_is_never_two_requests
    hidden_and_visible_a_hundred_times_in_real_time
    a_page_in_the_back_forward_cache_has_no_stream
    a_page_that_goes_for_good_is_the_browsers_matter
    a_page_that_comes_back_hidden_waits_to_be_seen
    a_client_stays_paused_while_the_page_is_away
    a_client_may_be_used_while_the_page_tells_it_something
    a_client_that_is_closed_listens_to_nothing
    nothing_is_listened_to_before_there_is_a_connection
}
